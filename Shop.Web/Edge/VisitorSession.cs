using System.Globalization;
using Microsoft.AspNetCore.Http;
using OpenTelemetry;
using Shop.Telemetry.Journeys;

namespace Shop.Web.Edge;

/// <summary>
/// A visitor at the edge, for as long as the session lives. Here, and only here, a journey's ids are written; every other service
/// reads them from <see cref="JourneyContext"/>.
/// </summary>
public sealed class VisitorSession
{
    private const int Fields = 6;
    private const char Separator = '\n';

    private VisitorSession(string sessionId, string journeyId, string segment, string experiment, string experimentGroup, DateTimeOffset seenAt)
    {
        SessionId = sessionId;
        JourneyId = journeyId;
        Segment = segment;
        Experiment = experiment;
        ExperimentGroup = experimentGroup;
        SeenAt = seenAt;
    }

    public string SessionId { get; }

    public string JourneyId { get; private set; }

    /// <summary>One of <see cref="UserSegments"/>.</summary>
    public string Segment { get; private set; }

    /// <summary>The A/B test that the visitor takes part in, and the group; empty without one.</summary>
    public string Experiment { get; private set; }

    public string ExperimentGroup { get; private set; }

    /// <summary>When the token was made that the visitor has.</summary>
    internal DateTimeOffset SeenAt { get; private set; }

    internal bool IsChanged { get; private set; }

    /// <summary>The next request starts another way through the shop; after an order, for instance.</summary>
    public void StartNewJourney() => Change(() => JourneyId = NewId());

    public void BecomeMember() => Change(() => Segment = UserSegments.Member);

    public void JoinExperiment(string experiment, string group)
    {
        if (!JourneyKeys.IsValid(JourneyKeys.Experiment, experiment) || !JourneyKeys.IsValid(JourneyKeys.ExperimentGroup, group))
            throw new ArgumentException($"'{experiment}' and '{group}' must be 1 to 64 letters, digits or -_.: to travel with a journey.");
        Change(() => (Experiment, ExperimentGroup) = (experiment, group));
    }

    internal static VisitorSession First(DateTimeOffset now) => new(NewId(), NewId(), UserSegments.New, "", "", now) { IsChanged = true };

    /// <summary>The next visit of somebody whose last session has ended; the A/B group is kept, so that one person sees one shop.</summary>
    internal VisitorSession Return(DateTimeOffset now) =>
        new(NewId(), NewId(), Segment == UserSegments.Member ? Segment : UserSegments.Returning, Experiment, ExperimentGroup, now) { IsChanged = true };

    internal void Renew(DateTimeOffset now) => Change(() => SeenAt = now);

    /// <summary>What of this travels with the running request.</summary>
    internal Baggage AddTo(Baggage baggage)
    {
        return baggage.SetBaggage(
            new(JourneyKeys.SessionId, SessionId),
            new(JourneyKeys.JourneyId, JourneyId),
            new(JourneyKeys.UserSegment, Segment),
            new(JourneyKeys.Experiment, Experiment.Length > 0 ? Experiment : null),
            new(JourneyKeys.ExperimentGroup, ExperimentGroup.Length > 0 ? ExperimentGroup : null));
    }

    internal string Write() => string.Join(Separator,
        SessionId, JourneyId, Segment, Experiment, ExperimentGroup, SeenAt.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture));

    /// <summary>Reads what <see cref="Write"/> wrote. The token was signed by us, but maybe by an older version of us.</summary>
    internal static VisitorSession? Read(string text) =>
        text.Split(Separator) is { Length: Fields } fields && long.TryParse(fields[5], NumberStyles.None, CultureInfo.InvariantCulture, out var seenAt)
            ? new(fields[0], fields[1], fields[2], fields[3], fields[4], DateTimeOffset.FromUnixTimeSeconds(seenAt))
            : null;

    private static string NewId() => Guid.NewGuid().ToString("n");

    private void Change(Action change)
    {
        change();
        IsChanged = true;
        Baggage.Current = AddTo(Baggage.Current);
    }
}

public static class VisitorSessionExtensions
{
    /// <summary>The visitor behind this request, in a service that is the edge (<c>Shop:Edge:Enabled</c>).</summary>
    public static VisitorSession GetVisitorSession(this HttpContext context) => context.Features.Get<VisitorSession>()
        ?? throw new InvalidOperationException($"This service is not the edge: {EdgeOptions.Section}:{nameof(EdgeOptions.Enabled)} is not set.");
}
