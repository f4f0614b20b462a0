using System.Text.Json;
using Shop.Insights.Events;

namespace Shop.Tests.Integration.Insights;

/// <summary>Events as rows, in the shape in which the services emit them.</summary>
internal static class TestEvents
{
    /// <summary>Creates an event of a request of its own.</summary>
    public static StoredEvent Create(
        DateTimeOffset time,
        string name,
        string? session = null,
        string? path = null,
        params (string Name, object Value)[] properties) => new(
        Guid.CreateVersion7(), DateTimeOffset.FromUnixTimeMilliseconds(time.ToUnixTimeMilliseconds()), 1, name, "storefront", session,
        session is null ? null : $"j-{session}", $"r-{Guid.NewGuid():N}", Guid.NewGuid().ToString("N"), "0123456789abcdef", null, null,
        null, null, null, false, path, null, null, null, JsonSerializer.Serialize(properties.ToDictionary(p => p.Name, p => p.Value)));

    /// <summary>Creates a view of a page.</summary>
    public static StoredEvent Page(DateTimeOffset time, string session, string path, int status = 200) =>
        Create(time, "page.viewed", session, path, ("http.response.status_code", status));

    /// <summary>Creates a redirect.</summary>
    public static StoredEvent Redirect(
        DateTimeOffset time, string? session, string from, string to, int status = 302, string? referrer = null) =>
        Create(
            time, "page.redirected", session, from,
            [
                ("shop.jump.from", from), ("shop.jump.to", to), ("http.response.status_code", status), ("shop.event.tag", "jump"),
                .. referrer is null ? Array.Empty<(string, object)>() : [("shop.jump.referrer", referrer)],
            ]);

    /// <summary>Creates a refused request to an API.</summary>
    public static StoredEvent Unauthorized(DateTimeOffset time, string path, string? session = null) =>
        Create(time, "api.unauthorized", session, path, ("shop.jump.from", path), ("http.response.status_code", 401));
}
