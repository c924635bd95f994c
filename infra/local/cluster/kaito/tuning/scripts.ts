/**
 * The scripts of tuning pods, shortened: no shell runs them here. What others read in them (the
 * variables and their defaults) is written as KAITO writes it.
 */

/** kaito: pkg/workspace/tuning/scripts/data-downloader.sh. */
export const DOWNLOAD_SCRIPT = `#!/bin/sh

for url in $DATA_URLS; do
    filename=$(basename "$url" | sed 's/[?#].*//')
    tries=0
    until [ "$(curl -sSL --proto =http,https -w "%{http_code}" -o "$DATA_VOLUME_PATH/$filename" "$url")" = 200 ] &&
        [ -s "$DATA_VOLUME_PATH/$filename" ]; do
        tries=$((tries + 1))
        [ $tries -lt 3 ] || { echo "Failed to download $url after 3 attempts"; exit 1; }
        sleep 2
    done
    echo "Successfully downloaded $url"
done
echo "All downloads completed successfully"
`;

/** kaito: pkg/workspace/image/pusher.sh, with the arguments that pusher.go writes into it. */
export function pushScript(image: string, directory: string, model: string): string {
  const annotations = JSON.stringify({ $manifest: { "sh.kaito.model.name": model } });
  return `#!/bin/sh
set -ex

VOL_DIR="\${1}"
[ ! -z "\${VOL_DIR}" ] || VOL_DIR='${directory}'

IMG_REF="\${2}"
[ ! -z "\${IMG_REF}" ] || IMG_REF='${image}'

[ ! -z '' ] || ANNOTATIONS_DATA='${annotations}'

[ ! -z '' ] || SENTINEL_PATH='${directory}/fine_tuning_completed.txt'

until [ -e "\${SENTINEL_PATH}" ]; do sleep 1; done
mkdir data
cp "\${VOL_DIR}/adapter_config.json" "\${VOL_DIR}/adapter_model.safetensors" data
tar c -f layer.tar data
DIFF="$(sha256sum layer.tar | cut -d ' ' -f 1)"
gzip -9 layer.tar
printf '{"rootfs":{"diff_ids":["sha256:%s"]}}' "\${DIFF}" > config.json
printf '%s' "\${ANNOTATIONS_DATA}" > annotations.json
oras push --disable-path-validation --annotation-file annotations.json \\
    --config config.json:application/vnd.oci.image.config.v1+json --oci-layout layout:latest \\
    layer.tar.gz:application/vnd.oci.image.layer.v1.tar+gzip
oras cp --from-oci-layout layout:latest "\${IMG_REF}"
killall -SIGCHLD pause
`;
}

/** kaito: pkg/workspace/image/puller.sh, with the arguments that puller.go writes into it. */
export function pullScript(image: string, directory: string): string {
  return `#!/bin/sh
set -ex

IMG_REF="\${1}"
[ ! -z "\${IMG_REF}" ] || IMG_REF='${image}'

VOL_DIR="\${2}"
[ ! -z "\${VOL_DIR}" ] || VOL_DIR='${directory}'

for AUTH in '' $(find -L "\${HOME}/.docker/config.d" -type f -printf '%p '); do
    skopeo copy --dest-decompress \${AUTH:+--authfile=\${AUTH}} "docker://\${IMG_REF}" dir:layout && OK=1 && break
done
[ "\${OK}" = '1' ]
mkdir rootfs
for DIFF in $(skopeo inspect --format '{{ range .Layers }}{{ slice . 7 }} {{ end }}' dir:layout); do
    tar x -f "layout/\${DIFF}" -C rootfs
done
mv -f rootfs/data "\${VOL_DIR}"
`;
}
