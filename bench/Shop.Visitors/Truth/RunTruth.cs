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
                   group jump.IsReached by (jump.Jump.From, jump.Jump.To, jump.Jump.Status) into same
                   orderby same.Key
                   select new JumpTruth(
                       same.Key.From, same.Key.To, same.Key.Status, same.Count(reached => reached), same.Count(reached => !reached)),
            ],
            [.. visits.SelectMany(visit => visit.Faults)],
            [.. visits.SelectMany(visit => visit.Orders)],
            [.. visits.SelectMany(visit => visit.Failures)]);

        static int Count(IEnumerable<SessionTruth> sessions, string step) => sessions.Count(session => session.Events.ContainsKey(step));
    }

    /// <summary>Returns the JSON.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, _json);

    /// <summary>Reads the JSON.</summary>
    /// <exception cref="JsonException">The text is no truth of a run.</exception>
    public static RunTruth FromJson(string json) =>
        JsonSerializer.Deserialize<RunTruth>(json, _json) ?? throw new JsonException("The text has no truth of a run.");
}

/// <summary>A session, with the number of each event that its journey must have on the bus.</summary>
/// <param name="Visit">The visit.</param>
/// <param name="SessionId">The id.</param>
/// <param name="Segment">The segment at the end.</param>
/// <param name="Experiment">The experiment at the end; empty without one.</param>
/// <param name="Variant">The variant at the end; empty without one.</param>
/// <param name="Source">The site or campaign that led to the shop.</param>
/// <param name="Device">The kind of the device.</param>
/// <param name="FirstSegment">The segment at the first page.</param>
/// <param name="FirstVariant">The experiment and variant of the first page that had one; empty without one.</param>
/// <param name="Pages">The routes of all pages, in their order.</param>
/// <param name="Events">The number of each event.</param>
internal sealed record SessionTruth(
    int Visit,
    string SessionId,
    string Segment,
    string Experiment,
    string Variant,
    string Source,
    string Device,
    string FirstSegment,
    string FirstVariant,
    IReadOnlyList<string> Pages,
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

/// <summary>
/// The redirects from a route to a route. A redirect is lost if the session did not request its target within 30 s, or got an error.
/// </summary>
internal sealed record JumpTruth(string From, string To, int Status, int Reached, int Lost);

/// <summary>A fault that was caused. The trace is that of the response that failed, was slow, or was not followed.</summary>
internal sealed record FaultTruth(
    int Visit, string Cause, string SessionId, string TraceId, string? JumpFrom, string? JumpTo, bool Recovered);

/// <summary>An order that the shop has accepted, and its last status; empty if the visitor did not see the end.</summary>
internal sealed record OrderTruth(int Visit, string SessionId, string OrderId, string Card, string Status);

/// <summary>Something that no plan has caused. The counts of the visit may be wrong from here on.</summary>
internal sealed record FailureTruth(int Visit, DateTimeOffset At, string Request, int? Status, string Reason);
