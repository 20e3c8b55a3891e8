// SPDX-License-Identifier: GPL-2.0-only
using System.Reflection;
using System.Reflection.Emit;

namespace KMemcg.Kernel.Tests.Locking;

/// <summary>What a compiled method calls, and what their arguments are had from.</summary>
internal static class IlCalls
{
    private static readonly Dictionary<short, OpCode> s_opcodes = typeof(OpCodes).GetFields(BindingFlags.Static | BindingFlags.Public)
        .Select(field => (OpCode)field.GetValue(null)!).ToDictionary(code => code.Value);

    /// <summary>The calls of <paramref name="method"/> in order, each with the fields and methods that its arguments name.</summary>
    public static IEnumerable<(MethodBase Callee, MemberInfo[] Named)> Of(MethodBase method)
    {
        byte[] il = method.GetMethodBody()?.GetILAsByteArray() ?? [];
        List<MemberInfo> named = [];
        for (int at = 0; at < il.Length;)
        {
            OpCode code = s_opcodes[il[at] == 0xfe ? (short)(0xfe00 | il[at + 1]) : il[at]];
            at += code.Size;
            if (code.OperandType is OperandType.InlineField or OperandType.InlineMethod)
            {
                MemberInfo member = method.Module.ResolveMember(BitConverter.ToInt32(il, at), method.DeclaringType!.GetGenericArguments(), method.IsGenericMethod ? method.GetGenericArguments() : [])!;
                if (member is MethodBase callee)
                    yield return (callee, [.. named]);
                named.Add(member);
                if (member is MethodInfo { ReturnType: var type } && type == typeof(void))
                    named.Clear();
            }
            else if (EndsStatement(code))
            {
                named.Clear();
            }

            at += OperandSize(code, il, at);
        }
    }

    /// <summary>It leaves nothing behind for an argument to be made of.</summary>
    private static bool EndsStatement(OpCode code) => code.StackBehaviourPush == StackBehaviour.Push0 && code != OpCodes.Nop;

    private static int OperandSize(OpCode code, byte[] il, int at) => code.OperandType switch
    {
        OperandType.InlineNone => 0,
        OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar => 1,
        OperandType.InlineVar => 2,
        OperandType.InlineI8 or OperandType.InlineR => 8,
        OperandType.InlineSwitch => 4 + (4 * BitConverter.ToInt32(il, at)),
        _ => 4,
    };
}
