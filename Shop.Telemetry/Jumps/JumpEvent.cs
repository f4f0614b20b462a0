using System.Collections.Frozen;
using Shop.Telemetry.Events;

namespace Shop.Telemetry.Jumps;

/// <summary>
/// A jump: a redirect, or a 401 of an API. The fields have routes with the names of their parameters, and never addresses, which can have
/// ids and queries.
/// </summary>
public abstract record JumpEvent : JourneyEvent
{
    private const string TagProperty = nameof(Tag);

    private static readonly FrozenDictionary<string, (string Name, string Meaning)> _fields =
        new Dictionary<string, (string, string)>
        {
            [TagProperty] = ("shop.event.tag", "Class of the event: `jump`."),
            ["Referrer"] = (
                "shop.jump.referrer",
                "Route of the page that the visitor came from; `external` for another host, `other` for no route of the shop."),
            ["From"] = (
                "shop.jump.from", "Route that answered the request; for a redirect by a script, the route of the page that has it."),
            ["To"] = (
                "shop.jump.to", "Route that the visitor was sent to; `external` for another host, `other` for no route of the shop."),
            ["Status"] = ("http.response.status_code", "Status code of the response."),
        }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>The class of the event.</summary>
    public string Tag { get; } = "jump";

    /// <summary>Returns the name and the meaning of a field, by the name of its property.</summary>
    internal static (string Name, string Meaning) GetField(string propertyName) => _fields[propertyName];

    /// <inheritdoc/>
    protected internal sealed override string GetFieldName(string propertyName) => GetField(propertyName).Name;
}

/// <summary>A response redirected the visitor: its status is 301, 302, 303, 307 or 308.</summary>
/// <param name="Referrer">Route of the page that the visitor came from; null without the header <c>Referer</c>.</param>
/// <param name="From">Route of the request.</param>
/// <param name="To">Route that the visitor was sent to.</param>
/// <param name="Status">Status code of the response.</param>
[Event("page.redirected")]
public sealed record PageRedirected(string? Referrer, string From, string To, int Status) : JumpEvent;

/// <summary>A request to <c>/api</c> was answered with 401: the caller has no valid sign-in, or no longer.</summary>
/// <param name="Referrer">Route of the page that the visitor came from; null without the header <c>Referer</c>.</param>
/// <param name="From">Route of the request.</param>
/// <param name="Status">Status code of the response.</param>
[Event("api.unauthorized")]
public sealed record ApiUnauthorized(string? Referrer, string From, int Status) : JumpEvent;
