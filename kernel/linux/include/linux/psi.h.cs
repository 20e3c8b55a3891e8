// SPDX-License-Identifier: GPL-2.0-only

namespace Linux;

public static unsafe partial class linux_psi_h
{
    [KernelSource("include/linux/psi.h", "cgroup_psi", Parity.Full)]
    public static psi_group* cgroup_psi(cgroup* cgrp) => cgroup_ino(cgrp) == 1 ? psi_system : cgrp->psi;
}
