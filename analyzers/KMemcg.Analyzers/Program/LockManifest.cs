// SPDX-License-Identifier: GPL-2.0-only
using System;
using System.Collections.Generic;
using System.IO;
using System.Threading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Text;

namespace KMemcg.Analyzers;

/// <summary>
/// The order in which locks are taken, as it is meant: what [LockOrder] says of a lock, and LockOrder.txt. A line of that is a chain of
/// classes, the outermost first, with " > " between; '#' begins a comment.
/// </summary>
internal sealed class LockManifest
{
    private readonly Dictionary<string, HashSet<string>> _inside = new(StringComparer.Ordinal);

    /// <summary>What is declared, and the additional file of that name; without either, nothing is ordered.</summary>
    public static LockManifest Read(IEnumerable<AdditionalText> files, IEnumerable<(string Outer, string Inner)> declared, CancellationToken cancellation)
    {
        var manifest = new LockManifest();
        foreach ((string outer, string inner) in declared)
            manifest.Add(outer, inner);
        foreach (AdditionalText file in files)
        {
            if (Path.GetFileName(file.Path) == "LockOrder.txt" && file.GetText(cancellation) is { } text)
                manifest.Parse(text);
        }

        manifest.Close();
        return manifest;
    }

    /// <summary>Whether the manifest has <paramref name="outer"/> outside <paramref name="inner"/>.</summary>
    public bool Orders(string outer, string inner) => _inside.TryGetValue(outer, out HashSet<string>? inside) && inside.Contains(inner);

    private void Parse(SourceText text)
    {
        foreach (TextLine line in text.Lines)
        {
            string content = line.ToString().Split('#')[0].Trim();
            string[] classes = content.Split(new[] { '>' }, StringSplitOptions.RemoveEmptyEntries);
            for (int i = 0; i + 1 < classes.Length; i++)
                Add(classes[i].Trim(), classes[i + 1].Trim());
        }
    }

    private void Add(string outer, string inner)
    {
        if (!_inside.TryGetValue(outer, out HashSet<string>? inside))
            _inside[outer] = inside = new HashSet<string>(StringComparer.Ordinal);
        inside.Add(inner);
    }

    /// <summary>What is inside something inside is inside.</summary>
    private void Close()
    {
        bool changed = true;
        while (changed)
        {
            changed = false;
            foreach (HashSet<string> inside in _inside.Values)
            {
                foreach (string name in new List<string>(inside))
                {
                    if (_inside.TryGetValue(name, out HashSet<string>? further) && !further.IsSubsetOf(inside))
                    {
                        inside.UnionWith(further);
                        changed = true;
                    }
                }
            }
        }
    }
}
