// SPDX-License-Identifier: GPL-2.0-only
namespace Linux;

// Five zones, one node, no sections, no CPU/pid and no LRU generation in the flags word.
public static unsafe partial class linux_page_flags_layout_h
{
    public const int ZONES_SHIFT = 3;
    public const int ZONES_WIDTH = ZONES_SHIFT;
    public const int SECTIONS_WIDTH = 0;
    public const int NODES_WIDTH = linux_nodemask_h.NODES_SHIFT;
    public const int KASAN_TAG_WIDTH = 0;
    public const int LAST_CPUPID_SHIFT = 0;
    public const int LAST_CPUPID_WIDTH = 0;
    public const int LRU_GEN_WIDTH = 0;
    public const int LRU_REFS_WIDTH = 0;
}
