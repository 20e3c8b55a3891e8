// SPDX-License-Identifier: GPL-2.0-only
// What fork, exit and the scheduler call of subsystems that are not here yet. Who brings one takes its line out.
namespace Linux;

internal static unsafe class sched_forward
{
    internal static readonly int* dirty_throttle_leaks = DEFINE_PER_CPU<int>();
}
