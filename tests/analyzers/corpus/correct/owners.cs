// SPDX-License-Identifier: GPL-2.0-only
// Correct: fields that own references, and how they are filled, emptied and freed.
namespace Linux;

public unsafe struct owner
{
    [OwnsRef] public mem_cgroup* memcg;
    [OwnsRef] public obj_cgroup* objcg;
    public rcu_head rcu;
    public int nr;
}

public unsafe struct owners
{
    [OwnsRef] public obj_cgroup** slots;
    [OwnsRef(EmptyWhenFreed = true)] public ulong word;
}

public static unsafe partial class owners_c
{
    private const ulong FLAG = 1;

    private static void put_then_freed(owner* o)
    {
        mem_cgroup_put(o->memcg);
        if (o->objcg != null)
            obj_cgroup_put(o->objcg);
        o->nr = 0;
        kfree(o);
    }

    private static void emptied_then_freed(owner* o)
    {
        mem_cgroup* memcg = o->memcg;
        obj_cgroup* objcg = o->objcg;

        o->memcg = null;
        o->objcg = null;
        mem_cgroup_put(memcg);
        if (objcg != null)
            obj_cgroup_put(objcg);
        kfree(o);
    }

    private static void read_then_freed(owner* o)
    {
        mem_cgroup* memcg = o->memcg;
        obj_cgroup* objcg = o->objcg;

        kfree(o);
        mem_cgroup_put(memcg);
        obj_cgroup_put(objcg);
    }

    private static void never_filled(int nr)
    {
        owner* o = (owner*)kzalloc((ulong)sizeof(owner), GFP_KERNEL);

        if (o == null)
            return;
        o->nr = nr;
        if (nr == 0)
            kfree(o);
    }

    private static void filled_before_its_reference_is_taken(owner* o, obj_cgroup* objcg)
    {
        if (o->objcg != null)
            return;
        o->objcg = objcg;
        obj_cgroup_get(objcg);
    }

    private static void replaced(owner* o, mm_struct* mm)
    {
        if (o->memcg != null)
            mem_cgroup_put(o->memcg);
        o->memcg = get_mem_cgroup_from_mm(mm);
    }

    private static void handed_on(owner* from, owner* to)
    {
        if (to->objcg != null)
            return;
        to->objcg = from->objcg;
        from->objcg = null;
    }

    [PutsRef("o->objcg")]
    private static void put_by_a_helper(owner* o)
    {
        if (o->objcg != null)
            obj_cgroup_put(o->objcg);
    }

    private static void freed_after_the_helper(owner* o)
    {
        put_by_a_helper(o);
        mem_cgroup_put(o->memcg);
        kfree(o);
    }

    private static void elements(owners* o, int n)
    {
        for (int i = 0; i < n; i++)
        {
            if (o->slots[i] != null)
                obj_cgroup_put(o->slots[i]);
        }
        kfree(o);
    }

    private static void an_element(owners* o, int bit)
    {
        obj_cgroup* old = o->slots[bit >> 3];

        if (old == null)
            return;
        o->slots[bit >> 3] = null;
        obj_cgroup_put(old);
    }

    private static void next_element(owners* o, obj_cgroup* objcg, int i)
    {
        obj_cgroup_get(objcg);
        o->slots[i] = objcg;
    }

    [ReturnsKept("o->word")]
    private static obj_cgroup* kept_in_a_word(owners* o) => (obj_cgroup*)(o->word & ~FLAG);

    [ConsumesRef("objcg"), Initializes("o->word")]
    private static void keeps_it_with_a_flag(owners* o, obj_cgroup* objcg) => o->word = (ulong)objcg | FLAG;

    private static void with_a_flag(owners* o)
    {
        obj_cgroup* objcg = kept_in_a_word(o);

        o->word = 0;
        if (objcg != null)
            obj_cgroup_put(objcg);
    }

    [PutsRef("memcg", Sometimes = true)]
    private static void last_of_another_count(mem_cgroup* memcg, int* count)
    {
        if (--*count == 0)
            css_put(&memcg->css);
    }

    private static void keeps_its_own(mem_cgroup* memcg, int* count)
    {
        css_get(&memcg->css);
        last_of_another_count(memcg, count);
        page_counter_charge(&memcg->memory, 1);
        css_put(&memcg->css);
    }

    private static int put_in_each_turn(list_head* head)
    {
        int n = 0;

        for (list_head* p = head->next, next = p->next; p != head; p = next, next = p->next)
        {
            owner* o = container_of<owner>(p, &((owner*)nowhere)->nr);
            obj_cgroup* objcg = o->objcg;

            if (!obj_cgroup_tryget(objcg))
                continue;
            n += o->nr;
            obj_cgroup_put(objcg);
        }
        return n;
    }
}
