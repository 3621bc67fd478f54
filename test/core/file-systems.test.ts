import { expect, test } from "vitest";
import { sharedFileSystem } from "../../src/core/file-systems.ts";

/** As statfs(2) answers, signed or not. */
test.each([
  [0x6969, "NFS"],
  [0x01021997, "9p"],
  [0x65735546, "virtiofs"],
  [0x65735546, "sshfs"],
  [0xff534d42, "CIFS"],
  [0xff534d42 | 0, "CIFS"],
  [0xfe534d42, "SMB2"],
  [0x00c36400, "Ceph"],
  [0x786f4256, "VirtualBox"],
])("%i is shared: %s", (type, name) => {
  expect(sharedFileSystem(type)).toContain(name);
});

test.each([
  ["ext4", 0xef53],
  ["btrfs", 0x9123683e],
  ["xfs", 0x58465342],
  ["zfs", 0x2fc12fc1],
  ["tmpfs", 0x01021994],
  ["overlayfs, a container's own", 0x794c7630],
  ["APFS, which macOS numbers itself", 0x1a],
])("%s is not", (_name, type) => {
  expect(sharedFileSystem(type)).toBeNull();
});
