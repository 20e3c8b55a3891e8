// SPDX-License-Identifier: GPL-2.0-only
using System.Globalization;
using System.Text;
using Microsoft.CodeAnalysis;

namespace KMemcg.Analyzers;

/// <summary>What a term stands for. The first group are places, the second values.</summary>
internal enum TermKind
{
    /// <summary>A local, a parameter or a captured intermediate result: a place.</summary>
    Variable,

    /// <summary>A static field or property: a place.</summary>
    Static,

    /// <summary>What <see cref="Term.A"/> points to: a place.</summary>
    Pointee,

    /// <summary>The member <see cref="Term.Symbol"/> (of a [LockMember], its type) of the place A.</summary>
    Member,

    /// <summary>The element B of what A points to: a place.</summary>
    Element,

    /// <summary>A number, or null.</summary>
    Constant,

    /// <summary>The address of the place A.</summary>
    Address,

    /// <summary>What the place A held when the function began, or holds as far as is known.</summary>
    Load,

    /// <summary>What an operation gave.</summary>
    Result,

    /// <summary>What a variable holds where ways join.</summary>
    Join,

    /// <summary>A result or a join of an earlier turn of a loop.</summary>
    Stale,

    /// <summary>A function of A and B that is stable: a call, an operator.</summary>
    Apply,
}

/// <summary>A place or a value, as an expression over what the function was given. One object for each, so they compare by reference.</summary>
internal sealed class Term
{
    private readonly ulong _parts;

    public Term(int id, TermKind kind, Term? a, Term? b, ISymbol? symbol, long number, string name, bool stable)
    {
        Id = id;
        Kind = kind;
        A = a;
        B = b;
        Symbol = symbol;
        Number = number;
        Name = name;
        Depth = 1 + System.Math.Max(a?.Depth ?? 0, b?.Depth ?? 0);
        _parts = Bit(id) | (a?._parts ?? 0) | (b?._parts ?? 0);
        bool loads = kind == TermKind.Load && a!.Kind != TermKind.Variable;
        LoadsMemory = loads || (a?.LoadsMemory ?? false) || (b?.LoadsMemory ?? false);
        IsStable = loads && stable;
        ReadsMemory = (loads && !stable) || (a?.ReadsMemory ?? false) || (b?.ReadsMemory ?? false);
    }

    public int Id { get; }

    public TermKind Kind { get; }

    public Term? A { get; }

    public Term? B { get; }

    public ISymbol? Symbol { get; }

    public long Number { get; }

    public string Name { get; }

    public int Depth { get; }

    /// <summary>What it points to, its address and what it holds, where somebody has asked for those.</summary>
    internal Term? Pointee { get; set; }

    internal Term? Address { get; set; }

    internal Term? Load { get; set; }

    /// <summary>Whether this is, or is made of, <paramref name="part"/>. Most are not, which a bit for each part tells.</summary>
    public bool Mentions(Term part) =>
        ReferenceEquals(this, part) ||
        (Id > part.Id && (_parts & Bit(part.Id)) != 0 && ((A?.Mentions(part) ?? false) || (B?.Mentions(part) ?? false)));

    private static ulong Bit(int id) => 1UL << (id & 63);

    /// <summary>Whether it depends on memory.</summary>
    public bool LoadsMemory { get; }

    /// <summary>It is read from a place that others do not change.</summary>
    public bool IsStable { get; }

    /// <summary>Whether it depends on memory that others may write.</summary>
    public bool ReadsMemory { get; }

    /// <summary>Where it begins: a variable, static, result or join.</summary>
    public Term Root
    {
        get
        {
            Term term = this;
            while (term.A is not null && term.Kind is not (TermKind.Result or TermKind.Join))
                term = term.A;
            return term;
        }
    }

    /// <summary>As a programmer would write it.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        Write(text);
        return text.ToString();
    }

    private void Write(StringBuilder text)
    {
        switch (Kind)
        {
            case TermKind.Member when A!.Kind == TermKind.Pointee:
                A.A!.Write(text);
                text.Append("->").Append(Name);
                break;
            case TermKind.Member:
                A!.Write(text);
                text.Append('.').Append(Name);
                break;
            case TermKind.Pointee:
                if (A!.Kind is not (TermKind.Load or TermKind.Result or TermKind.Join))
                    text.Append('*');
                A.Write(text);
                break;
            case TermKind.Element:
                A!.Write(text);
                text.Append('[');
                B!.Write(text);
                text.Append(']');
                break;
            case TermKind.Address:
                if (A!.Kind != TermKind.Variable)
                    text.Append('&');
                A.Write(text);
                break;
            case TermKind.Load or TermKind.Stale:
                A!.Write(text);
                break;
            case TermKind.Constant:
                text.Append(Number.ToString(CultureInfo.InvariantCulture));
                break;
            default:
                text.Append(Name);
                break;
        }
    }
}
