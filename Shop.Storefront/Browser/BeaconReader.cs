using System.Diagnostics.CodeAnalysis;
using System.Text.RegularExpressions;
using Shop.Contracts.Events;
using Shop.Telemetry.Events;

namespace Shop.Storefront.Browser;

/// <summary>Validates a beacon and converts its events into journey events.</summary>
internal sealed partial class BeaconReader(RouteFinder routes, TimeProvider time)
{
    /// <summary>The maximum number of events in a beacon.</summary>
    public const int MaxEvents = 20;

    /// <summary>The maximum number of events of a page.</summary>
    public const int MaxEventsOfPage = 256;

    private const int MaxPathLength = 512;
    private const double MaxMilliseconds = 24 * 60 * 60 * 1000;
    private const double MaxLayoutShift = 1000;

    // The script sends this in place of an address of another host, no part of which may leave the browser.
    private const string External = "external";

    /// <summary>Reads a beacon.</summary>
    /// <param name="beacon">The beacon.</param>
    /// <param name="events">The events.</param>
    /// <param name="errors">The errors, by the names of the fields.</param>
    /// <returns>Whether the beacon is valid.</returns>
    public bool TryRead(
        Beacon beacon,
        [NotNullWhen(true)] out IReadOnlyList<(int Number, ShopEvent Event)>? events,
        out IDictionary<string, string[]> errors)
    {
        var read = new List<(int Number, ShopEvent Event)>();
        errors = new Dictionary<string, string[]>();
        events = null;
        if (beacon.Page is null || !PageId().IsMatch(beacon.Page))
        {
            errors["page"] = ["Must be 12 hexadecimal digits."];
        }

        if (beacon.Path is not { Length: > 0 and <= MaxPathLength } || beacon.Path[0] != '/')
        {
            errors["path"] = [$"Must be a path of at most {MaxPathLength} characters."];
        }

        if (beacon.Events is not { Count: > 0 and <= MaxEvents } sent)
        {
            errors["events"] = [$"Must have 1 to {MaxEvents} events."];
            return false;
        }

        for (var i = 0; i < sent.Count && errors.Count == 0; i++)
        {
            if (FindError(sent[i]) is var (field, error))
            {
                errors[$"events[{i}]{field}"] = [error];
            }
            else if (Create(beacon, sent[i]!) is { } created)
            {
                read.Add((sent[i]!.Number!.Value, created));
            }
            else
            {
                errors[$"events[{i}]"] = ["Must have a known type, and the values of this type."];
            }
        }

        events = errors.Count == 0 ? read : null;
        return events is not null;
    }

    private static (string Field, string Error)? FindError(BeaconEvent? sent) => sent switch
    {
        null => ("", "Must be an object."),
        { Number: not (>= 0 and < MaxEventsOfPage) } => (".number", $"Must be 0 to {MaxEventsOfPage - 1}."),
        { Age: not (>= 0 and <= MaxMilliseconds) } => (".age", $"Must be 0 to {MaxMilliseconds}."),
        { Value: not null and not (>= 0 and <= MaxMilliseconds) } => (".value", $"Must be 0 to {MaxMilliseconds}."),
        { Target.Length: > MaxPathLength } => (".target", $"Must have at most {MaxPathLength} characters."),
        _ => null,
    };

    private ShopEvent? Create(Beacon beacon, BeaconEvent sent)
    {
        var path = routes.FindPath(beacon.Path!);
        var at = time.GetUtcNow().AddMilliseconds(-sent.Age!.Value).ToUnixTimeMilliseconds();
        var id = $"{beacon.Page}-{sent.Number}";
        return sent switch
        {
            { Type: "restore", Name: null, Value: null, Target: null } => new BrowserEvents.PageRestored(path, at, id),
            { Type: "click", Name: { } action, Value: null, Target: null } when Action().IsMatch(action) =>
                new BrowserEvents.ActionClicked(path, action, at, id),
            { Type: "redirect", Name: null, Value: null, Target: External } =>
                new BrowserEvents.Redirected(path, path, RouteFinder.External, at, id),
            { Type: "redirect", Name: null, Value: null, Target: ['/', ..] target } =>
                new BrowserEvents.Redirected(path, path, routes.FindPath(target), at, id),
            { Type: "leave", Name: "link" or "form" or "script" or "traverse" or "reload" or "other", Value: { } visible, Target: null } =>
                new BrowserEvents.PageLeft(path, sent.Name, (long)visible, at, id),
            { Type: "error", Name: { } error, Value: null, Target: "own" or "external" or "unknown" } when ErrorType().IsMatch(error) =>
                new BrowserEvents.Failed(path, error, sent.Target, at, id),
            { Type: "vital", Name: "lcp" or "inp", Value: { } value, Target: null } =>
                new BrowserEvents.WebVitalMeasured(path, sent.Name, value, at, id),
            { Type: "vital", Name: "cls", Value: { } value and <= MaxLayoutShift, Target: null } =>
                new BrowserEvents.WebVitalMeasured(path, sent.Name, value, at, id),
            _ => null,
        };
    }

    [GeneratedRegex(@"\A[0-9a-f]{12}\z")]
    private static partial Regex PageId();

    [GeneratedRegex(@"\A[a-z][a-z0-9-]{0,39}\z")]
    private static partial Regex Action();

    // Any script can set the name of an error class, so the name must not be able to carry other text.
    [GeneratedRegex(@"\A[A-Z][A-Za-z]{0,39}(Error|Exception)\z|\AError\z")]
    private static partial Regex ErrorType();
}
