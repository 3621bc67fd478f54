#!/bin/sh
# Sets up and checks the project. There is nothing to install: Node.js 20 or newer is all it needs.
set -eu
cd "$(dirname "$0")"
node --test --test-reporter=spec
