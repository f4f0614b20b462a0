using System.Globalization;
using System.Text.Json;

namespace Shop.Insights.Spans.Otlp;

/// <summary>
/// Reads the spans of a request in the JSON encoding of OTLP: ids are hexadecimal, enumerations are numbers, and numbers of 64 bits may be
/// texts. Members that are not known are ignored.
/// </summary>
internal static class OtlpJson
{
    private const string ExceptionEvent = "exception";

    private static readonly JsonDocumentOptions _options = new() { MaxDepth = 32 };

    /// <summary>Adds the spans of a request to a batch.</summary>
    /// <exception cref="InvalidDataException">The body is no such request.</exception>
    /// <exception cref="OtlpLimitException">The request has too many spans.</exception>
    public static void Read(ReadOnlyMemory<byte> body, SpanBatch batch)
    {
        try
        {
            using var document = JsonDocument.Parse(body, _options);
            if (document.RootElement.ValueKind is not JsonValueKind.Object)
            {
                throw new InvalidDataException("The body must be an object with the member resourceSpans.");
            }

            var builder = new SpanBuilder();
            foreach (var resource in GetItems(document.RootElement, "resourceSpans"))
            {
                var service = ReadService(resource);
                foreach (var span in GetItems(resource, "scopeSpans").SelectMany(scope => GetItems(scope, "spans")))
                {
                    builder.Clear();
                    ReadSpan(span, builder);
                    batch.Add(builder, service);
                }
            }
        }
        catch (JsonException exception)
        {
            throw new InvalidDataException(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"The body is no valid JSON: line {exception.LineNumber + 1}, byte {exception.BytePositionInLine + 1}."),
                exception);
        }
        catch (InvalidOperationException exception)
        {
            // Half of a pair of surrogates.
            throw new InvalidDataException("The body has a text that is no Unicode.", exception);
        }
    }

    private static string ReadService(JsonElement resourceSpans)
    {
        if (Find(resourceSpans, "resource", JsonValueKind.Object) is { } resource)
        {
            foreach (var attribute in GetItems(resource, "attributes"))
            {
                if (ReadAttribute(attribute) is (SpanAttributes.ServiceName, { Length: > 0 } name))
                {
                    return SpanBuilder.Limit(name);
                }
            }
        }

        return SpanBatch.UnknownService;
    }

    private static void ReadSpan(JsonElement span, SpanBuilder builder)
    {
        builder.TraceId = ReadText(span, "traceId");
        builder.SpanId = ReadText(span, "spanId");
        builder.ParentId = ReadText(span, "parentSpanId");
        builder.Name = ReadText(span, "name");
        builder.Kind = (long)ReadNumber(span, "kind");
        builder.Start = ReadNumber(span, "startTimeUnixNano");
        builder.End = ReadNumber(span, "endTimeUnixNano");
        builder.Status = Find(span, "status", JsonValueKind.Object) is { } status ? (long)ReadNumber(status, "code") : 0;
        foreach (var attribute in GetItems(span, "attributes"))
        {
            if (ReadAttribute(attribute) is ({ } name, { } value))
            {
                builder.Set(name, value);
            }
        }

        foreach (var spanEvent in GetItems(span, "events"))
        {
            if (ReadText(spanEvent, "name") == ExceptionEvent)
            {
                builder.ExceptionType ??= GetItems(spanEvent, "attributes").Select(ReadAttribute)
                    .FirstOrDefault(attribute => attribute.Name == SpanAttributes.ExceptionType).Value ?? ExceptionEvent;
            }
        }
    }

    private static (string? Name, string? Value) ReadAttribute(JsonElement attribute) =>
        SpanAttributes.Find(ReadText(attribute, "key")) is { } name && Find(attribute, "value", JsonValueKind.Object) is { } value
            ? (name, ReadValue(value))
            : default;

    private static string? ReadValue(JsonElement any)
    {
        foreach (var member in any.EnumerateObject())
        {
            switch (member.Name)
            {
                case "stringValue" when member.Value.ValueKind is JsonValueKind.String:
                case "intValue" when member.Value.ValueKind is JsonValueKind.String:
                    return member.Value.GetString();
                case "intValue" or "doubleValue" when member.Value.ValueKind is JsonValueKind.Number:
                    return member.Value.GetRawText();
                case "boolValue" when member.Value.ValueKind is JsonValueKind.True or JsonValueKind.False:
                    return member.Value.GetBoolean() ? "true" : "false";
            }
        }

        return null;
    }

    private static string ReadText(JsonElement element, string name) => Find(element, name, JsonValueKind.String)?.GetString() ?? "";

    private static ulong ReadNumber(JsonElement element, string name)
    {
        if (!element.TryGetProperty(name, out var value) || value.ValueKind is JsonValueKind.Null)
        {
            return 0;
        }

        return (value.ValueKind is JsonValueKind.Number && value.TryGetUInt64(out var number))
            || (value.ValueKind is JsonValueKind.String && ulong.TryParse(value.GetString(), CultureInfo.InvariantCulture, out number))
                ? number
                : throw new InvalidDataException($"The member {name} must be a whole number.");
    }

    private static IEnumerable<JsonElement> GetItems(JsonElement element, string name)
    {
        foreach (var item in Find(element, name, JsonValueKind.Array)?.EnumerateArray() ?? default)
        {
            yield return item.ValueKind is JsonValueKind.Object
                ? item
                : throw new InvalidDataException($"The items of {name} must be objects.");
        }
    }

    private static JsonElement? Find(JsonElement element, string name, JsonValueKind kind) =>
        !element.TryGetProperty(name, out var value) || value.ValueKind is JsonValueKind.Null ? null
        : value.ValueKind == kind ? value
        : throw new InvalidDataException($"The member {name} must be {Describe(kind)}.");

    private static string Describe(JsonValueKind kind) => kind switch
    {
        JsonValueKind.Array => "an array",
        JsonValueKind.Object => "an object",
        _ => "a text",
    };
}
