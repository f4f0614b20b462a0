using OpenTelemetry.Logs;

namespace Shop.Tests.Support;

internal static class LogRecordExtensions
{
    /// <summary>Gets the attributes of a log record by name.</summary>
    public static IReadOnlyDictionary<string, object?> Values(this LogRecord record) =>
        record.Attributes!.ToDictionary(attribute => attribute.Key, attribute => attribute.Value);
}
