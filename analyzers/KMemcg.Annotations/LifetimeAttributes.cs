// SPDX-License-Identifier: GPL-2.0-only
using System;

namespace KMemcg.Annotations;

/// <summary>Takes a reference of an object that has one.</summary>
[AttributeUsage(AttributeTargets.Method, AllowMultiple = true)]
public sealed class GetsRefAttribute : Attribute
{
    /// <summary>On the object at <paramref name="path"/>.</summary>
    public GetsRefAttribute(string path) => Path = path;

    /// <summary>The parameter, or "Type.member": on objects that such members, as the links of lists, keep from then on.</summary>
    public string Path { get; }

    /// <summary>Not of the caller's: where the function puts the object, as in a list or a timer, has it, or whoever looks there.</summary>
    public bool Kept { get; set; }
}

/// <summary>Takes a reference unless the count has reached zero.</summary>
[AttributeUsage(AttributeTargets.Method, AllowMultiple = true)]
public sealed class TryGetsRefAttribute : Attribute
{
    /// <summary>On <paramref name="result"/>, of the object at <paramref name="path"/>.</summary>
    public TryGetsRefAttribute(Result result, string path)
    {
        Result = result;
        Path = path;
    }

    /// <summary>Which results mean success.</summary>
    public Result Result { get; }

    /// <summary>The parameter.</summary>
    public string Path { get; }
}

/// <summary>Drops a reference; null is ignored.</summary>
[AttributeUsage(AttributeTargets.Method, AllowMultiple = true)]
public sealed class PutsRefAttribute : Attribute
{
    /// <summary>Of the object at <paramref name="path"/>.</summary>
    public PutsRefAttribute(string path) => Path = path;

    /// <summary>The parameter, a member of it, or "Type.member": of what such members keep, in whatever objects.</summary>
    public string Path { get; }

    /// <summary>Locks that the release function takes when this was the last one, as paths: not to be held here.</summary>
    public string[] MayTake { get; set; } = Array.Empty<string>();

    /// <summary>
    /// Not one of the caller's: on some ways only, when another count has reached zero or the object was registered, or one that
    /// somebody else had.
    /// </summary>
    public bool Sometimes { get; set; }
}

/// <summary>The result is null or has a reference that the caller has to put.</summary>
[AttributeUsage(AttributeTargets.Method | AttributeTargets.Property)]
public sealed class ReturnsOwnedAttribute : Attribute
{
}

/// <summary>
/// The result is what is kept at <paramref name="path"/>, without the flags that are kept with it. No reference comes with it: that is
/// the place's, and whoever empties the place has it.
/// </summary>
[AttributeUsage(AttributeTargets.Method | AttributeTargets.Property)]
public sealed class ReturnsKeptAttribute : Attribute
{
    /// <summary>What is kept at <paramref name="path"/>, a parameter's member.</summary>
    public ReturnsKeptAttribute(string path) => Path = path;

    /// <summary>The place.</summary>
    public string Path { get; }
}

/// <summary>The result is null or an object that nobody else has yet: its guards do not apply before it is published.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class ReturnsFreshAttribute : Attribute
{
}

/// <summary>The result is good only as long as the caller stays in the section.</summary>
[AttributeUsage(AttributeTargets.Method | AttributeTargets.Property)]
public sealed class ReturnsBorrowedAttribute : Attribute
{
    /// <summary>Good while <paramref name="section"/> is held; "rcu" or a lock's path.</summary>
    public ReturnsBorrowedAttribute(string section = "rcu") => Section = section;

    /// <summary>The section.</summary>
    public string Section { get; }

    /// <summary>The object's count may be zero already: a reference is to be had with a tryget only.</summary>
    public bool MayBeDying { get; set; } = true;
}

/// <summary>The caller's reference becomes the function's (or the list's, or the field's).</summary>
[AttributeUsage(AttributeTargets.Method | AttributeTargets.Parameter, AllowMultiple = true)]
public sealed class ConsumesRefAttribute : Attribute
{
    /// <summary>Of the object at <paramref name="path"/>; on a parameter, of that.</summary>
    public ConsumesRefAttribute(string path = "") => Path = path;

    /// <summary>On <paramref name="result"/> only; with others it is still the caller's.</summary>
    public ConsumesRefAttribute(Result result, string path)
    {
        Result = result;
        Path = path;
    }

    /// <summary>Which results mean that it was taken; null if all do.</summary>
    public Result? Result { get; }

    /// <summary>The parameter.</summary>
    public string Path { get; }
}

/// <summary>
/// The field owns a reference of what it points to, or each element of what it points to does: it is not overwritten, nor is the object
/// freed, before that is put.
/// </summary>
[AttributeUsage(AttributeTargets.Field | AttributeTargets.Property)]
public sealed class OwnsRefAttribute : Attribute
{
    /// <summary>What is in it is put before the object is freed, elsewhere: that is not looked at where it is freed.</summary>
    public bool EmptyWhenFreed { get; set; }
}

/// <summary>
/// The member counts the references of the object that it is in: a function that says that it puts one may take it off here itself.
/// </summary>
[AttributeUsage(AttributeTargets.Field)]
public sealed class CountsRefsAttribute : Attribute
{
}

/// <summary>
/// The next element of a walk, with a reference, after that of the one before it is put. Null ends the walk; whoever leaves
/// earlier breaks it.
/// </summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class IteratesAttribute : Attribute
{
    /// <summary><paramref name="previous"/> is the parameter with the element before.</summary>
    public IteratesAttribute(string previous) => Previous = previous;

    /// <summary>The parameter.</summary>
    public string Previous { get; }
}

/// <summary>Ends a walk early.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class BreaksIterationAttribute : Attribute
{
    /// <summary><paramref name="at"/> is the parameter with the element where it ends.</summary>
    public BreaksIterationAttribute(string at) => At = at;

    /// <summary>The parameter.</summary>
    public string At { get; }
}

/// <summary>
/// Sets a value that holds for a stretch of code and returns the one before: the same function, given that, ends the stretch.
/// </summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class ScopedSwapAttribute : Attribute
{
    /// <summary>The new value is <paramref name="parameter"/>.</summary>
    public ScopedSwapAttribute(string parameter) => Parameter = parameter;

    /// <summary>The parameter.</summary>
    public string Parameter { get; }
}

/// <summary>Begins a stretch and gives what its end needs, as memalloc_nofs_save.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class ScopeBeginAttribute : Attribute
{
    /// <summary>The scope <paramref name="name"/>; the token is "return", a pointer or out parameter, or a member that keeps it for who ends the scope.</summary>
    public ScopeBeginAttribute(string name, string token)
    {
        Name = name;
        Token = token;
    }

    /// <summary>Which scope.</summary>
    public string Name { get; }

    /// <summary>Where the token is.</summary>
    public string Token { get; }
}

/// <summary>Ends a stretch.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class ScopeEndAttribute : Attribute
{
    /// <summary>The scope <paramref name="name"/>; the token is the parameter <paramref name="token"/>, or a member of it.</summary>
    public ScopeEndAttribute(string name, string token)
    {
        Name = name;
        Token = token;
    }

    /// <summary>Which scope.</summary>
    public string Name { get; }

    /// <summary>The parameter.</summary>
    public string Token { get; }
}
