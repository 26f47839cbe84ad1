#!/bin/sh
# Puts together what the image holds below /app: the package as it is published, and what it needs
# to run in the versions of package-lock.json. The Dockerfile and `npm run deploy:check` both run
# this, so that what is measured and started there is what an image would hold.
#
# sh deploy/assemble-image.sh FOLDER     after npm ci; FOLDER is made anew
set -eu
cd "$(dirname "$0")/.."
target="$1"
rm -rf "$target"
mkdir -p "$target"
installed="$(mktemp -d)"
trap 'rm -rf "$installed"' EXIT

npm run --silent package
for part in bin lib package.json LICENSE NOTICE; do
  cp -R "holdfast/package/$part" "$target/$part"
done

# The workspaces' manifests alone: their sources are in the package already, as JavaScript.
cp package.json package-lock.json "$installed/"
find . -name package.json -not -path "*/node_modules/*" -not -path "*/dist/*" -not -path "./holdfast/package/*" |
  sed "s|^\./||" | grep -v "^package.json$" | while read -r manifest; do
  mkdir -p "$installed/$(dirname "$manifest")"
  cp "$manifest" "$installed/$manifest"
done
(cd "$installed" && npm ci --silent --omit=dev --ignore-scripts --no-audit --no-fund -w holdfast)

# What npm kept beside a workspace, as the others need another version, stays beside it.
for part in schema chassis gateway holdfast inventory orders; do
  folder="$part"
  if [ -d "$installed/subgraphs/$part" ]; then folder="subgraphs/$part"; fi
  if [ -d "$installed/$folder/node_modules" ]; then
    cp -R "$installed/$folder/node_modules" "$target/lib/$part/node_modules"
  fi
done
rm -rf "$installed/node_modules/@holdfast" "$installed/node_modules/holdfast"
rm -rf "$installed/node_modules/.bin" "$installed/node_modules/.package-lock.json"
cp -R "$installed/node_modules" "$target/node_modules"

# Nothing of this is read by a running server: half of what packages bring.
find "$target" -type f \( -name '*.map' -o -name '*.ts' -o -name '*.mts' -o -name '*.cts' \
  -o -name '*.md' -o -name '*.markdown' -o -name '*.tsbuildinfo' \) -delete
find "$target/node_modules" "$target"/lib/*/node_modules -depth -type d \
  \( -name test -o -name tests -o -name __tests__ -o -name docs -o -name esnext \) \
  -exec rm -rf {} + 2>/dev/null || true
find "$target" -depth -type d -empty -delete
