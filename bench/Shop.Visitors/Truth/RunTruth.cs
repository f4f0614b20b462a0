using System.Text.Json;
using System.Text.Json.Serialization;

namespace Shop.Visitors.Truth;

/// <summary>What happened in a run. docs/visitors.md describes the JSON.</summary>
internal sealed record RunTruth(
    int SchemaVersion,
    int Seed,
    DateTimeOffset StartedAt,
    DateTimeOffset EndedAt,
    int Visits,
    IReadOnlyList<SessionTruth> Sessions,
    IReadOnlyList<FunnelTruth> Funnel,
    IReadOnlyDictionary<string, int> Events,
    IReadOnlyList<JumpTruth> Jumps,
    IReadOnlyList<FaultTruth> Faults,
    IReadOnlyList<OrderTruth> Orders,
    IReadOnlyList<FailureTruth> Failures)
{
    private static readonly JsonSerializerOptions _json = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    /// <summary>Returns the truth of visits.</summary>
    public static RunTruth Create(int seed, DateTimeOffset startedAt, DateTimeOffset endedAt, IReadOnlyList<VisitTruth> visits)
    {
        var sessions = visits.SelectMany(visit => visit.GetSessions()).ToList();
        return new(
            SchemaVersion: 1,
            seed,
            startedAt,
            endedAt,
            visits.Count,
            sessions,
            [
                .. from session in sessions
                   group session by (session.Segment, session.Experiment, session.Variant, session.Source, session.Device) into cell
                   orderby cell.Key
                   let key = cell.Key
                   select new FunnelTruth(
                       key.Segment, key.Experiment, key.Variant, key.Source, key.Device, cell.Count(),
                       Count(cell, "page.viewed"), Count(cell, "product.viewed"), Count(cell, "cart.line_added"),
                       Count(cell, "checkout.submitted"), Count(cell, "payment.accepted")),
            ],
            new SortedDictionary<string, int>(
                (from session in sessions from item in session.Events group item.Value by item.Key)
                .ToDictionary(group => group.Key, group => group.Sum()), StringComparer.Ordinal),
            [
                .. from jump in visits.SelectMany(visit => visit.Jumps)
                   group jump by (jump.From, jump.To, jump.Status) into same
                   orderby same.Key
                   select new JumpTruth(
                       same.Key.From, same.Key.To, same.Key.Status, same.Count(jump => jump.Reached), same.Count(jump => !jump.Reached)),
            ],
            [.. visits.SelectMany(visit => visit.Faults)],
            [.. visits.SelectMany(visit => visit.Orders)],
            [.. visits.SelectMany(visit => visit.Failures)]);

        static int Count(IEnumerable<SessionTruth> sessions, string step) => sessions.Count(session => session.Events.ContainsKey(step));
    }

    /// <summary>Returns the JSON.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, _json);
}

/// <summary>A session, with the number of each event that its journey must have on the bus.</summary>
internal sealed record SessionTruth(
    int Visit,
    string SessionId,
    string Segment,
    string Experiment,
    string Variant,
    string Source,
    string Device,
    IReadOnlyDictionary<string, int> Events);

/// <summary>The sessions of a segment, variant, source and device that reached each step.</summary>
internal sealed record FunnelTruth(
    string Segment,
    string Experiment,
    string Variant,
    string Source,
    string Device,
    int Sessions,
    int PageView,
    int ItemView,
    int CartAdd,
    int CheckoutSubmit,
    int PaymentSuccess);

/// <summary>The redirects from a route to a route. A redirect is lost if its target was not requested, or answered with an error.</summary>
internal sealed record JumpTruth(string From, string To, int Status, int Reached, int Lost);

/// <summary>A fault that was caused. The trace is that of the response that failed, was slow, or was not followed.</summary>
internal sealed record FaultTruth(
    int Visit, string Cause, string SessionId, string TraceId, string? JumpFrom, string? JumpTo, bool Recovered);

/// <summary>An order that the shop has accepted, and its last status; empty if the visitor did not see the end.</summary>
internal sealed record OrderTruth(int Visit, string SessionId, string OrderId, string Card, string Status);

/// <summary>Something that no plan has caused. The counts of the visit may be wrong from here on.</summary>
internal sealed record FailureTruth(int Visit, DateTimeOffset At, string Request, int? Status, string Reason);
