// SPDX-License-Identifier: GPL-2.0-only
using Linux;

namespace KMemcg.Sim.Tracing;

/// <summary>Something that a task did to a group while a line of a scenario ran.</summary>
/// <param name="Line">The line's number.</param>
/// <param name="Event">What happened.</param>
public sealed record TracedEvent(int Line, memcg_event Event);
