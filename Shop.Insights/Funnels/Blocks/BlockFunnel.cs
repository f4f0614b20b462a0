using System.Runtime.InteropServices;
using Shop.Insights.Queries;

namespace Shop.Insights.Funnels.Blocks;

/// <summary>Computes the figures of a funnel from blocks: the same as those of <see cref="FunnelSql"/>.</summary>
internal sealed class BlockFunnel
{
    private readonly FunnelQuery _query;
    private readonly IReadOnlyList<SessionBlock> _blocks;
    private readonly long _from;
    private readonly long _to;
    private readonly long _end;
    private readonly double _window;

    // Of each block and each of its names, a bit for each step that has it.
    private readonly byte[][] _masks;

    private BlockFunnel(FunnelQuery query, IReadOnlyList<SessionBlock> blocks)
    {
        (_query, _blocks, _window) = (query, blocks, query.Window.TotalMilliseconds);
        // Times of events are whole milliseconds.
        _from = GetCeiling(query.Scope.From);
        _to = GetCeiling(query.Scope.To);
        _end = GetCeiling(query.Scope.To + query.Window);
        _masks = [.. blocks.Select(block => block.Names.Select(GetMask).ToArray())];
    }

    /// <summary>Returns whether blocks have all that a funnel needs: they have no properties of events, and no journeys.</summary>
    public static bool CanAnswer(FunnelQuery query) =>
        query is { Breakdown: null, Scope: { Unit: EventUnit.Session, Filters.Count: 0 } }
        && query.Steps.All(step => step.Properties.Count == 0);

    /// <summary>Returns the figures of each step.</summary>
    /// <param name="query">A funnel that <see cref="CanAnswer"/>.</param>
    /// <param name="blocks">The blocks of all hours from the begin of the range to the end of the last window, in their order.</param>
    /// <param name="cancellationToken">Cancels the computation.</param>
    public static IReadOnlyList<FunnelFigures> Compute(
        FunnelQuery query, IReadOnlyList<SessionBlock> blocks, CancellationToken cancellationToken) =>
        new BlockFunnel(query, blocks).Compute(cancellationToken);

    private FunnelFigures[] Compute(CancellationToken cancellationToken)
    {
        var totals = Enumerable.Range(0, _query.Steps.Count).Select(_ => new List<uint>()).ToArray();
        var entered = 0L;
        Parallel.For(
            0,
            SessionBlock.Groups,
            new() { CancellationToken = cancellationToken },
            () => new Walk(this),
            (group, _, walk) =>
            {
                walk.AddGroup(group);
                return walk;
            },
            walk =>
            {
                lock (totals)
                {
                    entered += walk.Entered;
                    walk.AddTo(totals);
                }
            });
        var figures = new FunnelFigures[totals.Length];
        Parallel.For(0, totals.Length, step =>
        {
            var times = CollectionsMarshal.AsSpan(totals[step]);
            times.Sort();
            figures[step] = new(
                step + 1, null, step == 0 ? entered : times.Length, GetPercentile(times, 0.5), GetPercentile(times, 0.9));
        });
        return figures;
    }

    private byte GetMask(string name) => (byte)_query.Steps.Select((step, index) => step.Event == name ? 1 << index : 0).Sum();

    // The database has microseconds.
    private static long GetCeiling(DateTimeOffset time) =>
        time.ToUnixTimeMilliseconds() + (time.UtcTicks % TimeSpan.TicksPerMillisecond >= TimeSpan.TicksPerMicrosecond ? 1 : 0);

    // As percentile_cont of PostgreSQL.
    private static double? GetPercentile(ReadOnlySpan<uint> sorted, double share)
    {
        if (sorted.Length == 0)
        {
            return null;
        }

        var index = share * (sorted.Length - 1);
        var (low, high) = ((int)Math.Floor(index), (int)Math.Ceiling(index));
        return sorted[low] + ((index - low) * (sorted[high] - sorted[low]));
    }

    // The events of a session in one block.
    private readonly record struct Part(int Block, int Session, int Next);

    /// <summary>Walks through the events of one session after the other.</summary>
    private sealed class Walk(BlockFunnel funnel)
    {
        private static readonly long _simultaneous = (long)SimultaneousEvents.MaxDifference.TotalMilliseconds;

        // A session has a part in each hour in which it has events.
        private readonly List<Part> _parts = [];
        private readonly List<int> _firstParts = [];
        private readonly Dictionary<SessionId, int> _lastParts = [];

        // The events of the steps of a session.
        private readonly List<(long Time, byte Mask)> _events = [];
        private readonly List<int> _reached = [];

        // Of each step but the first one, the times since the step before, in milliseconds: a window has up to 30 days.
        private readonly List<uint>[] _times = [.. funnel._query.Steps.Select(_ => new List<uint>())];

        private readonly bool _includesSynthetic = funnel._query.Scope.IncludesSynthetic;

        /// <summary>Gets the number of sessions that entered.</summary>
        public long Entered { get; private set; }

        public void AddGroup(int group)
        {
            _parts.Clear();
            _firstParts.Clear();
            _lastParts.Clear();
            for (var block = 0; block < funnel._blocks.Count; block++)
            {
                var (start, end) = funnel._blocks[block].GetGroup(group);
                for (var session = start; session < end; session++)
                {
                    ref var last = ref CollectionsMarshal.GetValueRefOrAddDefault(
                        _lastParts, funnel._blocks[block].GetSession(session), out var exists);
                    if (exists)
                    {
                        CollectionsMarshal.AsSpan(_parts)[last] = _parts[last] with { Next = _parts.Count };
                    }
                    else
                    {
                        _firstParts.Add(_parts.Count);
                    }

                    last = _parts.Count;
                    _parts.Add(new(block, session, -1));
                }
            }

            foreach (var part in _firstParts)
            {
                AddSession(part);
            }
        }

        private void AddSession(int first)
        {
            _events.Clear();
            for (var part = first; part >= 0; part = _parts[part].Next)
            {
                var (block, masks) = (funnel._blocks[_parts[part].Block], funnel._masks[_parts[part].Block]);
                var codes = block.GetCodes(_parts[part].Session);
                var times = block.GetTimes(_parts[part].Session);
                for (var index = 0; index < codes.Length; index++)
                {
                    var mask = masks[codes[index] >> 1];
                    if (mask != 0 && ((codes[index] & 1) == 0 || _includesSynthetic)
                        && block.Start + times[index] is var time && time >= funnel._from && time < funnel._end)
                    {
                        _events.Add((time, mask));
                    }
                }
            }

            for (var entered = 0; entered < _events.Count; entered++)
            {
                if ((_events[entered].Mask & 1) != 0 && _events[entered].Time < funnel._to)
                {
                    AddSteps(entered);
                    return;
                }
            }
        }

        private void AddSteps(int entered)
        {
            Entered++;
            _reached.Clear();
            _reached.Add(entered);
            FindOthers();
            for (var step = 1; step < _reached.Count; step++)
            {
                _times[step].Add((uint)Math.Max(0, _events[_reached[step]].Time - _events[_reached[step - 1]].Time));
            }
        }

        public void AddTo(List<uint>[] totals)
        {
            for (var step = 0; step < totals.Length; step++)
            {
                totals[step].AddRange(_times[step]);
            }
        }

        private void FindOthers()
        {
            var (steps, order) = (funnel._query.Steps.Count, funnel._query.Order);
            if (order is StepOrder.Any)
            {
                for (var step = 1; step < steps; step++)
                {
                    if (FindNext(step, reached: 1, _reached[0]) is var next and >= 0)
                    {
                        _reached.Add(next);
                    }
                }

                _reached.Sort(1, _reached.Count - 1, null);
                return;
            }

            var latest = _reached[0];
            for (var step = 1; step < steps; step++)
            {
                var next = FindNext(step, step, latest);
                if (next < 0 || (order is StepOrder.Strict && HasAnotherStep(step, latest + 1, next)))
                {
                    return;
                }

                _reached.Add(next);
                latest = Math.Max(latest, next);
            }
        }

        // The first event of a step that may follow a number of steps, of which the latest is given.
        private int FindNext(int step, int reached, int latest)
        {
            var first = 0;
            for (var other = 0; other < reached; other++)
            {
                if ((_events[_reached[other]].Mask & (1 << step)) != 0)
                {
                    first = Math.Max(first, _reached[other] + 1);
                }
            }

            for (var index = first; index < _events.Count && _events[index].Time - _events[_reached[0]].Time <= funnel._window; index++)
            {
                if ((_events[index].Mask & (1 << step)) != 0 && _events[index].Time >= _events[latest].Time - _simultaneous)
                {
                    return index;
                }
            }

            return -1;
        }

        // An event that is neither this step nor the one before.
        private bool HasAnotherStep(int step, int first, int end)
        {
            for (var index = first; index < end; index++)
            {
                if ((_events[index].Mask & (0b11 << (step - 1))) == 0)
                {
                    return true;
                }
            }

            return false;
        }
    }
}
