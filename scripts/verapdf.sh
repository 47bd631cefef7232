#!/usr/bin/env bash
# Puts veraPDF, the validator of PDF/A, into a folder of its own: scripts/verapdf.sh FOLDER
# Prints the program to name in LANTAI_VERAPDF. Needs maven and a Java of Debian; veraPDF is used under
# the MPL 2.0, as a program beside ours, for tests only: nothing of it is shipped.
set -euo pipefail
folder=$(mkdir -p "$1" && cd "$1" && pwd)
version=1.28.2
if [ ! -x "$folder/verapdf" ]; then
  cat >"$folder/pom.xml" <<POM
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>lantai</groupId><artifactId>verapdf</artifactId><version>0</version>
  <dependencies>
    <dependency><groupId>org.verapdf.apps</groupId><artifactId>greenfield-apps</artifactId><version>$version</version></dependency>
  </dependencies>
</project>
POM
  mvn -B -q -f "$folder/pom.xml" -Dmaven.repo.local="$folder/repository" \
    org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy-dependencies \
    -DincludeScope=runtime -DoutputDirectory="$folder/jars" >&2
  cat >"$folder/verapdf" <<SH
#!/bin/sh
exec java \${JAVA_OPTS:-} -cp "$folder/jars/*" org.verapdf.apps.GreenfieldCliWrapper "\$@"
SH
  chmod +x "$folder/verapdf"
fi
"$folder/verapdf" --version | head -1 >&2
echo "$folder/verapdf"
