// SPDX-License-Identifier: GPL-2.0-only
namespace KMemcg.Sim.Running;

/// <summary>A bug in the port: the machine stopped with an oops, whose report is the message, or the built-in scenario failed.</summary>
public sealed class SimulationException(string report, Exception? cause = null) : Exception(report, cause);
