// SPDX-License-Identifier: GPL-2.0-only
using System;

namespace KMemcg.Annotations
{
    /// <summary>How much of the kernel's function a ported one carries.</summary>
    public enum Parity
    {
        /// <summary>The same calls, in the same order, under the same locks, with the same constants and failure paths.</summary>
        Full,

        /// <summary>Something is left out: the tag says what and why.</summary>
        Reduced,

        /// <summary>Only the name and the signature: the tag says why.</summary>
        Stub,
    }

    /// <summary>Names the kernel function that a method of the mirror ports, and how far.</summary>
    [AttributeUsage(AttributeTargets.Method | AttributeTargets.Property, AllowMultiple = false, Inherited = false)]
    public sealed class KernelSourceAttribute : Attribute
    {
        /// <summary>Tags a port; <paramref name="note"/> is what is left out and why, and is required unless the parity is Full.</summary>
        public KernelSourceAttribute(string file, string function, Parity parity, string note = "")
        {
            File = file;
            Function = function;
            Parity = parity;
            Note = note;
        }

        /// <summary>The upstream path, as mm/memcontrol.c.</summary>
        public string File { get; }

        /// <summary>The kernel's name of the function.</summary>
        public string Function { get; }

        /// <summary>How much of it is here.</summary>
        public Parity Parity { get; }

        /// <summary>What is left out and why; empty for Full.</summary>
        public string Note { get; }
    }
}
