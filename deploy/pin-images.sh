#!/usr/bin/env bash
# Write behind each image of others, in Dockerfile and docker-compose.yml, the digest that its version stands for today.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

images=$(grep -hoE '^(FROM|  +image:) [^ @]+' Dockerfile docker-compose.yml | awk '{ print $2 }' | sort -u)
edits=()
for image in $images; do
  digest=$(docker buildx imagetools inspect --format '{{.Manifest.Digest}}' "$image")
  [[ $digest =~ ^sha256:[0-9a-f]{64}$ ]] || { echo "$image: the registry gave no digest. Nothing was written." >&2; exit 1; }
  edits+=(-e "s#^(FROM|  +image:) ${image//./\\.}(@sha256:[0-9a-f]+)?( |\$)#\\1 $image@$digest\\3#")
  echo "$image@$digest"
done
sed -i -E "${edits[@]}" Dockerfile docker-compose.yml
