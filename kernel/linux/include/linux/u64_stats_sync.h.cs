// SPDX-License-Identifier: GPL-2.0-only
namespace Linux;

/// <summary>Nothing at all where 64-bit loads and stores are whole.</summary>
public struct u64_stats_sync
{
}
