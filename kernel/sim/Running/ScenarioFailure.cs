// SPDX-License-Identifier: GPL-2.0-only
namespace KMemcg.Sim.Running;

/// <summary>The scenario cannot go on, because of what the machine answered: its runner says ERROR and stops.</summary>
internal sealed class ScenarioFailure(string message) : Exception(message);
