export interface InstanceType {
  readonly gpus: number;
  readonly cpus: number;
  readonly memoryGib: number;
  readonly gpuMemoryGib: number;
  readonly gpu: string;
}

/** kaito: pkg/sku/azure_sku_handler.go:22-39; processors and memory are Azure's. */
const INSTANCE_TYPES: Readonly<Record<string, InstanceType>> = {
  Standard_NC4as_T4_v3: size(1, 4, 28, 16, "NVIDIA-T4"),
  Standard_NC8as_T4_v3: size(1, 8, 56, 16, "NVIDIA-T4"),
  Standard_NC16as_T4_v3: size(1, 16, 110, 16, "NVIDIA-T4"),
  Standard_NC64as_T4_v3: size(4, 64, 440, 64, "NVIDIA-T4"),
  Standard_NV36ads_A10_v5: size(1, 36, 440, 24, "NVIDIA-A10"),
  Standard_NV72ads_A10_v5: size(2, 72, 880, 48, "NVIDIA-A10"),
  Standard_NC24ads_A100_v4: size(1, 24, 220, 80, "NVIDIA-A100"),
  Standard_NC48ads_A100_v4: size(2, 48, 440, 160, "NVIDIA-A100"),
  Standard_NC96ads_A100_v4: size(4, 96, 880, 320, "NVIDIA-A100"),
  Standard_ND96asr_v4: size(8, 96, 900, 320, "NVIDIA-A100"),
  Standard_ND96asr_A100_v4: size(8, 96, 900, 320, "NVIDIA-A100"),
  Standard_ND96amsr_A100_v4: size(8, 96, 1900, 640, "NVIDIA-A100"),
  Standard_NC40ads_H100_v5: size(1, 40, 320, 94, "NVIDIA-H100"),
  Standard_NC80adis_H100_v5: size(2, 80, 640, 188, "NVIDIA-H100"),
  Standard_ND96isr_H100_v5: size(8, 96, 1900, 640, "NVIDIA-H100"),
  Standard_ND96isr_H200_v5: size(8, 96, 1850, 1128, "NVIDIA-H200"),
};

/** The machine behind a size; undefined for a size Azure would not start here. */
export function findInstanceType(name: string): InstanceType | undefined {
  return Object.hasOwn(INSTANCE_TYPES, name) ? INSTANCE_TYPES[name] : undefined;
}

function size(
  gpus: number,
  cpus: number,
  memoryGib: number,
  gpuMemoryGib: number,
  gpu: string,
): InstanceType {
  return { gpus, cpus, memoryGib, gpuMemoryGib, gpu };
}
