/** GPUs per machine (kaito: pkg/sku/azure_sku_handler.go:22-39; the order is the webhook's at one time). */
const GPUS: Readonly<Record<string, number>> = {
  Standard_NC24ads_A100_v4: 1,
  Standard_NC96ads_A100_v4: 4,
  Standard_ND96asr_A100_v4: 8,
  Standard_NG32adms_V620_v1: 1,
  Standard_NC48ads_A100_v4: 2,
  Standard_ND96amsr_A100_v4: 8,
  Standard_NC40ads_H100_v5: 1,
  Standard_NC80adis_H100_v5: 2,
  Standard_ND96isr_H100_v5: 8,
  Standard_NCC40ads_H100_v5: 1,
  Standard_ND96isr_H200_v5: 8,
  Standard_NG32ads_V620_v1: 1,
  Standard_NV36ads_A10_v5: 1,
  Standard_NV72ads_A10_v5: 2,
};

export const SUPPORTED_SKUS: readonly string[] = Object.keys(GPUS);

/** Undefined for a size that KAITO has no entry for. */
export function gpuCountOf(instanceType: string): number | undefined {
  return Object.hasOwn(GPUS, instanceType) ? GPUS[instanceType] : undefined;
}
