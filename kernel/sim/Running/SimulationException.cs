// SPDX-License-Identifier: GPL-2.0-only
namespace KMemcg.Sim.Running;

/// <summary>The machine stopped with an oops: a bug in the port. The message is the kernel's report.</summary>
public sealed class SimulationException(string report, Exception cause) : Exception(report, cause);
