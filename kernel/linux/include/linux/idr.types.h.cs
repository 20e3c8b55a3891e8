// SPDX-License-Identifier: GPL-2.0-only
namespace Linux;

public partial struct idr
{
    public xarray idr_rt;
    public uint idr_base;
    public uint idr_next;
}

/// <summary>IDs without pointers: bitmaps of 1024 in an xarray, and single words while they fit one.</summary>
public partial struct ida
{
    public xarray xa;
}

public unsafe struct ida_bitmap
{
    public fixed ulong bitmap[linux_idr_h.IDA_BITMAP_LONGS];
}

public static unsafe partial class linux_idr_h
{
    public const int IDR_FREE = 0;
    public const int IDA_CHUNK_SIZE = 128;
    public const int IDA_BITMAP_LONGS = IDA_CHUNK_SIZE / sizeof(long);
    public const uint IDA_BITMAP_BITS = IDA_BITMAP_LONGS * sizeof(long) * 8;
}
