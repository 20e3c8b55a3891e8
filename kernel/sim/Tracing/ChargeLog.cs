// SPDX-License-Identifier: GPL-2.0-only
using System.Buffers;
using System.Text.Json;
using Linux;

namespace KMemcg.Sim.Tracing;

/// <summary>
/// Writes events as JSON lines: one object each, in the order in which they happen. All have <c>scenario</c>, <c>line</c>,
/// <c>event</c>, <c>ns</c> (since boot), <c>cpu</c>, <c>task</c>, <c>pid</c>, <c>context</c>, <c>actor</c> and
/// <c>group</c> (paths, "/" for the root); a charge has <c>kind</c>, <c>target</c>, <c>pages</c> and <c>outcome</c>,
/// reclaim <c>wanted</c> and <c>pages</c>, a throttled task <c>ms</c>, a kill <c>victim</c> and <c>victim_pid</c>.
/// </summary>
public sealed class ChargeLog(Stream output) : IDisposable
{
    private readonly ArrayBufferWriter<byte> _line = new();

    /// <summary>Writes one event of a scenario.</summary>
    public void Write(string scenario, TracedEvent traced)
    {
        _line.ResetWrittenCount();
        using (var json = new Utf8JsonWriter(_line))
        {
            json.WriteStartObject();
            json.WriteString("scenario", scenario);
            json.WriteNumber("line", traced.Line);
            WriteEvent(json, traced.Event);
            json.WriteEndObject();
        }

        output.Write(_line.WrittenSpan);
        output.WriteByte((byte)'\n');
    }

    /// <summary>Closes the output.</summary>
    public void Dispose() => output.Dispose();

    /// <summary>A kernel name as it is written: without underscores.</summary>
    public static string Word(Enum value) => value.ToString().Replace('_', '-');

    private static void WriteEvent(Utf8JsonWriter json, memcg_event e)
    {
        json.WriteString("event", e switch
        {
            charge_event => "charge",
            reclaim_event => "reclaim",
            throttle_event => "throttle",
            _ => "kill",
        });
        json.WriteNumber("ns", e.actor.ns);
        json.WriteNumber("cpu", e.actor.cpu);
        json.WriteString("task", e.actor.task);
        json.WriteNumber("pid", e.actor.pid);
        json.WriteString("context", e.actor.context);
        json.WriteString("actor", e.actor.group);
        json.WriteString("group", e.group);
        switch (e)
        {
            case charge_event charge:
                json.WriteString("kind", Word(charge.kind));
                json.WriteString("target", Word(charge.target));
                json.WriteNumber("pages", charge.pages);
                json.WriteString("outcome", Word(charge.outcome));
                break;
            case reclaim_event reclaim:
                json.WriteNumber("wanted", reclaim.wanted);
                json.WriteNumber("pages", reclaim.pages);
                break;
            case throttle_event throttle:
                json.WriteNumber("ms", throttle.ns / 1_000_000);
                break;
            case kill_event kill:
                json.WriteString("victim", kill.victim);
                json.WriteNumber("victim_pid", kill.pid);
                break;
        }
    }
}
