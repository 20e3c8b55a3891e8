// SPDX-License-Identifier: GPL-2.0-only
global using wait_queue_head_t = Linux.wait_queue_head;
global using wait_queue_entry_t = Linux.wait_queue_entry;

namespace Linux;

/// <summary>Zero is an empty queue: the list head is set up by the first who waits.</summary>
public unsafe partial struct wait_queue_head
{
    public spinlock_t @lock;
    public list_head head;
}

/// <summary>One who waits, usually on its own stack.</summary>
public unsafe partial struct wait_queue_entry
{
    public uint flags;
    public void* @private;
    public delegate*<wait_queue_entry*, uint, int, void*, int> func;
    public list_head entry;
}

public unsafe partial struct wait_bit_key
{
    public ulong* flags;
    public int bit_nr;
    public ulong timeout;
}

public unsafe partial struct wait_bit_queue_entry
{
    public wait_bit_key key;
    public wait_queue_entry wq_entry;
}

/// <summary>A simple wait queue: waiters are tasks, each wakeup takes one.</summary>
public unsafe partial struct swait_queue_head
{
    public raw_spinlock_t @lock;
    public list_head task_list;
}

public unsafe partial struct swait_queue
{
    public task_struct* task;
    public list_head task_list;
}

public unsafe partial struct completion
{
    public uint done;
    public swait_queue_head wait;
}

/// <summary>A task's place in a list of tasks to wake once the locks are dropped.</summary>
public unsafe partial struct wake_q_node
{
    public wake_q_node* next;
}

public unsafe partial struct wake_q_head
{
    public wake_q_node* first;
    public wake_q_node** lastp;
}

/// <summary>The one task that waits for something.</summary>
public unsafe partial struct rcuwait
{
    public Rcu<task_struct>* task;
}
