/**
 * Linux file systems that other machines may have mounted as well: two kernels share neither memory (so SQLite's
 * write-ahead log does not work) nor, dependably, locks. By the type that statfs(2) answers; the numbers are those
 * of linux/magic.h and of `stat -f` in coreutils. Virtiofs and sshfs answer as FUSE.
 */
const shared: ReadonlyMap<number, string> = new Map([
  [0x6969, "NFS"],
  [0x517b, "SMB"],
  [0xfe534d42, "SMB2"],
  [0xff534d42, "CIFS"],
  [0x01021997, "9p"],
  [0x65735546, "FUSE (virtiofs, sshfs, a virtual machine's shared directory)"],
  [0x786f4256, "VirtualBox shared folder"],
  [0xbacbacbc, "VMware shared folder"],
  [0x7c7c6673, "Parallels shared folder"],
  [0x00c36400, "Ceph"],
  [0x5346414f, "AFS"],
  [0x6b414653, "AFS"],
  [0x73757245, "Coda"],
  [0x0bd00bd0, "Lustre"],
  [0x47504653, "GPFS"],
]);

/** Its name for a person; null for a disk of this machine alone. */
export function sharedFileSystem(statfsType: number): string | null {
  return shared.get(statfsType >>> 0) ?? null;
}
