// SPDX-License-Identifier: GPL-2.0-only
namespace Linux;

/// <summary>What sysinfo(2) says of memory, in pages; include/uapi/linux/sysinfo.h.</summary>
public struct sysinfo
{
    public ulong totalram;
    public ulong freeram;
    public ulong sharedram;
    public ulong bufferram;
    public ulong totalswap;
    public ulong freeswap;
    public uint mem_unit;
}
