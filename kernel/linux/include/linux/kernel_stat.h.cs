// SPDX-License-Identifier: GPL-2.0-only
namespace Linux;

public static class linux_kernel_stat_h
{
    // enum cpu_usage_stat
    public const int CPUTIME_USER = 0;
    public const int CPUTIME_NICE = 1;
    public const int CPUTIME_SYSTEM = 2;
    public const int CPUTIME_SOFTIRQ = 3;
    public const int CPUTIME_IRQ = 4;
    public const int CPUTIME_IDLE = 5;
    public const int CPUTIME_IOWAIT = 6;
    public const int CPUTIME_STEAL = 7;
    public const int CPUTIME_GUEST = 8;
    public const int CPUTIME_GUEST_NICE = 9;
    public const int NR_STATS = 10;
}
