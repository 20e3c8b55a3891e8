// SPDX-License-Identifier: GPL-2.0-only
namespace Linux;

public static unsafe partial class linux_hash_h
{
    public const uint GOLDEN_RATIO_32 = 0x61C88647;
    public const ulong GOLDEN_RATIO_64 = 0x61C8864680B583EB;

    [KernelSource("include/linux/hash.h", "__hash_32_generic", Parity.Full)]
    public static uint __hash_32(uint val) => unchecked(val * GOLDEN_RATIO_32);

    [KernelSource("include/linux/hash.h", "hash_32", Parity.Full)]
    public static uint hash_32(uint val, uint bits) => __hash_32(val) >> (int)(32 - bits);

    [KernelSource("include/linux/hash.h", "hash_64_generic", Parity.Full)]
    public static uint hash_64(ulong val, uint bits) => (uint)(unchecked(val * GOLDEN_RATIO_64) >> (int)(64 - bits));

    [KernelSource("include/linux/hash.h", "hash_long", Parity.Full)]
    public static uint hash_long(ulong val, uint bits) => hash_64(val, bits);

    [KernelSource("include/linux/hash.h", "hash_ptr", Parity.Full)]
    public static uint hash_ptr(void* ptr, uint bits) => hash_long((ulong)ptr, bits);
}
