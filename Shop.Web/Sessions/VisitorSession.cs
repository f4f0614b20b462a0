using System.Diagnostics;
using System.Globalization;
using Microsoft.AspNetCore.Http;
using OpenTelemetry;
using Shop.Telemetry.Journeys;

namespace Shop.Web.Sessions;

/// <summary>
/// The session of a visitor. Only the edge writes the ids of a journey; other services read them from <see cref="JourneyContext"/>.
/// </summary>
public sealed class VisitorSession
{
    private const int FieldCount = 8;
    private const char Separator = '\n';
    private const string Complete = "complete";

    private VisitorSession(
        string visitorId,
        string sessionId,
        string journeyId,
        string segment,
        string experiment,
        string experimentGroup,
        DateTimeOffset issuedAt)
    {
        VisitorId = visitorId;
        SessionId = sessionId;
        JourneyId = journeyId;
        Segment = segment;
        Experiment = experiment;
        ExperimentGroup = experimentGroup;
        IssuedAt = issuedAt;
    }

    /// <summary>
    /// The id of the visitor, the same in all sessions for <see cref="EdgeOptions.VisitorLifetime"/>. It is part of the token only, and of
    /// no signal.
    /// </summary>
    public string VisitorId { get; }

    /// <summary>The id of the session.</summary>
    public string SessionId { get; private set; }

    /// <summary>The id of the current journey in the session.</summary>
    public string JourneyId { get; private set; }

    /// <summary>Whether the journey has reached its end, so that the next one can begin.</summary>
    public bool IsJourneyComplete { get; private set; }

    /// <summary>The visitor's segment, one of <see cref="UserSegments"/>.</summary>
    public string Segment { get; private set; }

    /// <summary>The A/B experiment that the visitor is part of; empty without one.</summary>
    public string Experiment { get; private set; }

    /// <summary>The variant of the experiment that the visitor sees; empty without one.</summary>
    public string ExperimentGroup { get; private set; }

    /// <summary>When the visitor's token was issued.</summary>
    internal DateTimeOffset IssuedAt { get; private set; }

    internal bool IsChanged { get; private set; }

    /// <summary>Whether the caller sent a token of this session. A session that this request starts proves nothing.</summary>
    public bool IsProven { get; private set; }

    /// <summary>Marks the journey as complete. It goes on until <see cref="StartNewJourney"/>.</summary>
    public void CompleteJourney() => Change(() => IsJourneyComplete = true);

    /// <summary>Starts a new journey with the current request.</summary>
    public void StartNewJourney()
    {
        Change(() => (JourneyId, IsJourneyComplete) = (NewId(), false));
        JourneyContext.Current.AddTo(Activity.Current);
    }

    /// <summary>Moves the visitor into the segment of members, after sign-in.</summary>
    public void BecomeMember() => Change(() => Segment = UserSegments.Member);

    /// <summary>Assigns the visitor to a variant of an A/B experiment.</summary>
    /// <param name="experiment">The experiment: 1 to 64 letters, digits or <c>-_.:</c>.</param>
    /// <param name="variant">The variant: 1 to 64 letters, digits or <c>-_.:</c>.</param>
    /// <exception cref="ArgumentException">A name cannot be sent as baggage.</exception>
    public void JoinExperiment(string experiment, string variant)
    {
        if (!JourneyKeys.IsValid(JourneyKeys.Experiment, experiment) || !JourneyKeys.IsValid(JourneyKeys.ExperimentGroup, variant))
        {
            throw new ArgumentException($"'{experiment}' and '{variant}' must be 1 to 64 letters, digits or -_.: to be sent as baggage.");
        }

        Change(() => (Experiment, ExperimentGroup) = (experiment, variant));
    }

    /// <summary>
    /// Starts the next session of the visitor. The variant of the experiment stays, so that a visitor always sees the same variant.
    /// </summary>
    /// <param name="now">The current time.</param>
    public void StartNext(DateTimeOffset now)
    {
        Change(() =>
        {
            (SessionId, JourneyId, IsJourneyComplete, IssuedAt, IsProven) = (NewId(), NewId(), false, now, false);
            Segment = Segment == UserSegments.Member ? Segment : UserSegments.Returning;
        });
        JourneyContext.Current.AddTo(Activity.Current);
    }

    internal static VisitorSession CreateForNewVisitor(DateTimeOffset now) =>
        new(NewId(), NewId(), NewId(), UserSegments.New, "", "", now) { IsChanged = true };

    internal void Renew(DateTimeOffset now) => Change(() => IssuedAt = now);

    private Baggage AddTo(Baggage baggage) => baggage.SetBaggage(
        new(JourneyKeys.SessionId, SessionId),
        new(JourneyKeys.JourneyId, JourneyId),
        new(JourneyKeys.UserSegment, Segment),
        new(JourneyKeys.Experiment, Experiment.Length > 0 ? Experiment : null),
        new(JourneyKeys.ExperimentGroup, ExperimentGroup.Length > 0 ? ExperimentGroup : null));

    /// <summary>Makes this session the journey of the current request.</summary>
    internal void SetJourney()
    {
        Baggage.Current = AddTo(Baggage.Current);
        JourneyContext.Current.AddTo(Activity.Current);
    }

    internal string Serialize() => string.Join(Separator,
        SessionId,
        JourneyId,
        Segment,
        Experiment,
        ExperimentGroup,
        IssuedAt.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture),
        IsJourneyComplete ? Complete : "",
        VisitorId);

    /// <summary>Reads the content of a token; <see langword="null"/> when another version of this service wrote it.</summary>
    internal static VisitorSession? Deserialize(string text) =>
        text.Split(Separator) is { Length: FieldCount } fields
        && long.TryParse(fields[5], NumberStyles.None, CultureInfo.InvariantCulture, out var issuedAt)
            ? new(fields[7], fields[0], fields[1], fields[2], fields[3], fields[4], DateTimeOffset.FromUnixTimeSeconds(issuedAt))
            {
                IsProven = true,
                IsJourneyComplete = fields[6] == Complete,
            }
            : null;

    private static string NewId() => Guid.NewGuid().ToString("n");

    private void Change(Action change)
    {
        change();
        IsChanged = true;
        Baggage.Current = AddTo(Baggage.Current);
    }
}

/// <summary>Access to the session of a request.</summary>
public static class VisitorSessionHttpContextExtensions
{
    /// <summary>Returns the visitor's session.</summary>
    /// <exception cref="InvalidOperationException">This service is not the edge, or another service sent the request.</exception>
    public static VisitorSession GetVisitorSession(this HttpContext context) => context.Features.Get<VisitorSession>()
        ?? throw new InvalidOperationException(
            $"The request has no session: {EdgeOptions.Section}:{nameof(EdgeOptions.Enabled)} is not set, or another service sent it.");
}
