// SPDX-License-Identifier: GPL-2.0-only
using System.Collections.Concurrent;
using System.Diagnostics.Tracing;

namespace KMemcg.Sim.Jit;

/// <summary>Hears from the runtime, in this process, where the code of each method is that it compiles.</summary>
public sealed class JitListener : EventListener
{
    private const string Runtime = "Microsoft-Windows-DotNETRuntime";
    private const EventKeywords JitKeyword = (EventKeywords)0x10;
    private const int TierShift = 7;
    private const int TierMask = 7;

    private readonly ConcurrentQueue<CompiledMethod> _methods = new();

    /// <summary>Everything compiled since the listener was made, in the order it was told.</summary>
    public IReadOnlyCollection<CompiledMethod> Methods => _methods;

    /// <summary>The last code of a method in its final tier, or null.</summary>
    public CompiledMethod? Find(string name)
    {
        int dot = name.LastIndexOf('.');
        string method = name[(dot + 1)..];
        return _methods.LastOrDefault(m => m.Tier == JitTier.Tier1 && m.Name == method
            && (dot < 0 || m.Type == name[..dot]));
    }

    /// <summary>The method whose code holds an address, or null.</summary>
    public CompiledMethod? At(ulong address) =>
        _methods.LastOrDefault(m => address >= m.Address && address < m.Address + m.Size);

    protected override void OnEventSourceCreated(EventSource eventSource)
    {
        if (eventSource.Name == Runtime)
        {
            EnableEvents(eventSource, EventLevel.Verbose, JitKeyword);
        }
    }

    protected override void OnEventWritten(EventWrittenEventArgs eventData)
    {
        if (eventData.EventName is not { } name || !name.StartsWith("MethodLoadVerbose", StringComparison.Ordinal))
        {
            return;
        }

        string type = (string)Value(eventData, "MethodNamespace");
        int dot = type.LastIndexOf('.');
        uint flags = (uint)Value(eventData, "MethodFlags");
        _methods.Enqueue(new CompiledMethod(
            dot < 0 ? "" : type[..dot],
            type[(dot + 1)..],
            (string)Value(eventData, "MethodName"),
            (string)Value(eventData, "MethodSignature"),
            (ulong)Value(eventData, "MethodStartAddress"),
            (uint)Value(eventData, "MethodSize"),
            (JitTier)((flags >> TierShift) & TierMask)));
    }

    private static object Value(EventWrittenEventArgs eventData, string field) =>
        eventData.Payload![eventData.PayloadNames!.IndexOf(field)]!;
}
