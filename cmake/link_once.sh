#!/bin/sh
# link_once.sh CACHE LINK...: links; when that fails, what it optimised is forgotten, since it would not warn again.
cache=$1
shift
"$@" || { rm -rf "$cache"; exit 1; }
