using System.Text;

namespace Shop.Tests.Integration.Insights;

/// <summary>Messages with journey events.</summary>
internal static class EventMessage
{
    /// <summary>Creates the body of a message with one event.</summary>
    public static byte[] Create(string session, string value, bool isText = true) => Encoding.UTF8.GetBytes($$"""
        [{
          "eventId": "{{Guid.CreateVersion7()}}", "eventName": "test.happened", "schemaVersion": 1,
          "timeUnixMs": {{DateTimeOffset.UtcNow.ToUnixTimeMilliseconds()}}, "sequence": 1,
          "resource": { "service.name": "test" },
          "attributes": { "session.id": "{{session}}", "test.value": {{(isText ? $"\"{value}\"" : value)}} }
        }]
        """);
}
