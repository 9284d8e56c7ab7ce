#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Makes Fixtures/rpmdb.sqlite: a database with one package of our own, built and installed by rpm.
#
# Usage: Tests/IdentityTests/make_rpm_fixture.sh
#
# Needs rpmbuild and rpm (Debian: rpm). The package's files have the contents that RpmTests.swift
# names; the digests expected there are sha256sum's. The database is vacuumed to keep it small.
set -euo pipefail
fixtures="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)/Fixtures"
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cat >"$work/dummy.spec" <<'SPEC'
Name: halfwire-dummy
Version: 1.0
Release: 1
Summary: Files for a test
License: Apache-2.0
BuildArch: noarch
%description
Files for a test.
%install
mkdir -p %{buildroot}/usr/bin %{buildroot}/usr/lib/halfwire-dummy %{buildroot}/etc
printf 'first\n' >%{buildroot}/usr/bin/dummy
printf 'second\n' >%{buildroot}/usr/lib/halfwire-dummy/dummy
printf 'set = 1\n' >%{buildroot}/etc/dummy.conf
ln -s dummy %{buildroot}/usr/bin/dummy-link
%files
%attr(755,root,root) /usr/bin/dummy
%attr(755,root,root) /usr/lib/halfwire-dummy/dummy
%config /etc/dummy.conf
/usr/bin/dummy-link
SPEC
rpmbuild -bb --quiet --define "_topdir $work/build" --define "_build_id_links none" \
  --define "_rpmfilename package.rpm" --define "_buildhost builder" \
  --define "_binary_filedigest_algorithm 8" "$work/dummy.spec"
mkdir -p "$work/root"
rpm --root "$work/root" --dbpath /db --nodeps --noscripts -i "$work/build/RPMS/package.rpm"
rpm --root "$work/root" --dbpath /db -q --qf '[%{FILENAMES} %{FILEDIGESTS}\n]' halfwire-dummy
sqlite3 "$work/root/db/rpmdb.sqlite" 'VACUUM;'
mkdir -p "$fixtures"
cp "$work/root/db/rpmdb.sqlite" "$fixtures/rpmdb.sqlite"
(cd "$work/root" && sha256sum usr/bin/dummy usr/lib/halfwire-dummy/dummy etc/dummy.conf)
rpm --root "$work/root" --dbpath /db -qf /usr/bin/dummy /usr/lib/halfwire-dummy/dummy /etc/dummy.conf
