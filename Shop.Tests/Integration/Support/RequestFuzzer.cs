using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;

namespace Shop.Tests.Integration.Support;

/// <summary>
/// A request that the fuzzer mutates. A template that could change something is itself invalid for a reason that no mutation removes
/// (a SKU that exists, an order in another status), so that whatever else is mutated, nothing may change.
/// </summary>
/// <param name="Method">GET, POST, ...</param>
/// <param name="Path">The path with its parameters filled in. A segment in braces may be mutated: <c>/orders/{4711}/refund</c>.</param>
/// <param name="Query">Names of the query parameters.</param>
/// <param name="Headers">Required headers.</param>
/// <param name="Body">JSON body, if the operation has one.</param>
internal sealed record RequestTemplate(
    HttpMethod Method, string Path, string[]? Query = null, Dictionary<string, string>? Headers = null, string? Body = null);

/// <summary>Generates invalid requests, the same ones for the same seed.</summary>
internal sealed class RequestFuzzer(int seed)
{
    private static readonly string[] _texts =
    [
        "", " ", "null", "undefined", "NaN", "-1", "0", "1e400", "99999999999999999999999999", "true", "[]", "{}", "%", "%00", "%zz", "..",
        "../../etc/passwd", "a/b", "*", "'; drop table products; --", "\" or 1=1", "${jndi:ldap://x}", "<script>alert(1)</script>",
        "{{7*7}}", "\0", "a\0b", "\r\nX-Evil: 1", "\u0001\u001f\u007f", "\u202e\u200b\ufeff",
        "\ud83d\ude42", "İıſ", "ａｂｃ", "é", "\u0301\u0301\u0301", "00000000-0000-0000-0000-000000000000",
        "ffffffff-ffff-ffff-ffff-ffffffffffff", "2026-11-22T12:00:00Z", "AAAA",
        "MTo", "Mzow", "\\", "\\u0000", "tok_ok", "accepted", "W/\"1\"", "\"\"", "\"-1\"",
    ];

    private static readonly string[] _bodies =
    [
        "", "null", "0", "\"\"", "[]", "{}", "[{}]", "{", "}", "{\"", "{]}", "nul", "{\"a\":}", "{\"a\":1,}", "// comment",
        "{\"a\":1}{\"a\":2}", "\ufeff{}", "<xml/>", "a=b&c=d", "\0",
        "{\"\\ud800\":1}", "{\"name\":\"\\ud800\"}", "{\"reason\":\"\\u0000\"}", "1e999", "-",
        "{\"$type\":\"System.Object\"}", "{\"__proto__\":{}}",
    ];

    private static readonly string[] _contentTypes =
    [
        "text/plain", "application/xml", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x",
        "application/json; charset=utf-7", "application/octet-stream", "nonsense",
    ];

    private static readonly string[] _headers =
    [
        "Accept", "If-Match", "If-None-Match", "Content-Encoding", "traceparent", "baggage",
        "Idempotency-Key", "Range", "Expect-CT", "Accept-Language",
    ];

    private static readonly HttpMethod[] _methods =
    [
        HttpMethod.Get, HttpMethod.Head, HttpMethod.Put, HttpMethod.Post, HttpMethod.Delete, HttpMethod.Patch, HttpMethod.Options,
        HttpMethod.Trace, new("QUERY"), new("PROPFIND"),
    ];

    private readonly Random _random = new(seed);

    /// <summary>Generates requests from randomly chosen templates, each with one to three mutations.</summary>
    public IEnumerable<Func<HttpRequestMessage>> Generate(int count, params RequestTemplate[] templates)
    {
        for (var i = 0; i < count; i++)
        {
            yield return Mutate(templates[_random.Next(templates.Length)]);
        }
    }

    /// <summary>Generates a text that an attacker or a faulty client may send in place of any value.</summary>
    public string NextText() => _random.Next(6) switch
    {
        0 => new string((char)_random.Next('!', 0x2FFF), _random.Next(1, 5000)),
        1 => string.Concat(Enumerable.Range(0, _random.Next(1, 40)).Select(_ => (char)_random.Next(1, 0xD7FF))),
        2 => _random.NextInt64(long.MinValue, long.MaxValue).ToString(CultureInfo.InvariantCulture),
        _ => Pick(_texts),
    };

    private Func<HttpRequestMessage> Mutate(RequestTemplate template)
    {
        var (method, path, body) = (template.Method, template.Path, template.Body is null ? null : Encoding.UTF8.GetBytes(template.Body));
        var headers = new Dictionary<string, string>(template.Headers ?? []);
        var contentType = "application/json";

        for (var mutations = _random.Next(1, 4); mutations > 0; mutations--)
        {
            switch (_random.Next(10))
            {
                case 0 or 1 when path.Contains('{'):
                    path = MutateSegment(path);
                    break;
                case 2 or 3 when template.Query is { Length: > 0 } names:
                    path += $"{(path.Contains('?') ? '&' : '?')}{Pick(names)}={Escape(NextText())}";
                    break;
                case 4 or 5 or 6 when body is not null:
                    body = MutateBody(template.Body!);
                    break;
                case 7 when headers.Count > 0:
                    var name = headers.Keys.ElementAt(_random.Next(headers.Count));
                    if (_random.Next(3) == 0)
                    {
                        headers.Remove(name);
                    }
                    else
                    {
                        headers[name] = NextHeaderText();
                    }

                    break;
                case 8 when body is not null:
                    contentType = Pick(_contentTypes);
                    break;
                case 9:
                    headers[Pick(_headers)] = NextHeaderText();
                    break;
                default:
                    // A read keeps its method: another one could be an operation that changes something.
                    if (method == HttpMethod.Get)
                    {
                        path += $"{(path.Contains('?') ? '&' : '?')}{Escape(NextText())}={Escape(NextText())}";
                    }
                    else
                    {
                        (method, body) = (Pick(_methods), null);
                    }

                    break;
            }
        }

        path = path.Replace("{", "", StringComparison.Ordinal).Replace("}", "", StringComparison.Ordinal);
        return () => Build(method, path, headers, body, contentType);
    }

    private static HttpRequestMessage Build(
        HttpMethod method, string path, Dictionary<string, string> headers, byte[]? body, string contentType)
    {
        var request = new HttpRequestMessage(method, path);
        foreach (var (name, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        if (body is not null && method != HttpMethod.Trace)
        {
            request.Content = new ByteArrayContent(body);
            request.Content.Headers.TryAddWithoutValidation("Content-Type", contentType);
        }

        return request;
    }

    private string MutateSegment(string path)
    {
        var (start, end) = (path.IndexOf('{'), path.IndexOf('}'));
        return $"{path[..start]}{Escape(NextText())}{path[(end + 1)..]}";
    }

    private byte[] MutateBody(string valid)
    {
        var bytes = Encoding.UTF8.GetBytes(valid);
        switch (_random.Next(6))
        {
            case 0:
                return Encoding.UTF8.GetBytes(Pick(_bodies));
            case 1:
                return bytes[.._random.Next(bytes.Length)];
            case 2:
                bytes[_random.Next(bytes.Length)] = (byte)_random.Next(256);
                return bytes;
            case 3:
                return Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat(Pick(["[", "{\"a\":"]), _random.Next(10, 2000))));
            case 4:
                return _random.Next(2) == 0
                    ? Encoding.Unicode.GetBytes(valid)
                    : [.. Enumerable.Range(0, _random.Next(1, 300)).Select(_ => (byte)_random.Next(256))];
            default:
                return MutateValue(valid);
        }
    }

    // Replaces or removes one value of the body, at any depth.
    private byte[] MutateValue(string valid)
    {
        var root = JsonNode.Parse(valid)!;
        var places = new List<Action<JsonNode?>>();
        Collect(root, places);
        places[_random.Next(places.Count)](_random.Next(8) switch
        {
            0 => null,
            1 => JsonValue.Create(_random.NextInt64(long.MinValue, long.MaxValue)),
            2 => JsonValue.Create(-_random.NextDouble() * 1e300),
            3 => new JsonArray(),
            4 => new JsonObject { [NextText()] = NextText() },
            5 => JsonValue.Create(_random.Next(2) == 0),
            _ => JsonValue.Create(NextText()),
        });
        return Encoding.UTF8.GetBytes(root.ToJsonString());
    }

    private static void Collect(JsonNode node, List<Action<JsonNode?>> places)
    {
        switch (node)
        {
            case JsonObject record:
                foreach (var (name, value) in record)
                {
                    places.Add(other => record[name] = other);
                    places.Add(_ => record.Remove(name));
                    if (value is not null)
                    {
                        Collect(value, places);
                    }
                }

                break;
            case JsonArray list:
                for (var i = 0; i < list.Count; i++)
                {
                    var index = i;
                    places.Add(other => list[index] = other);
                    if (list[i] is { } item)
                    {
                        Collect(item, places);
                    }
                }

                break;
        }
    }

    // HttpClient does not send other characters.
    private string NextHeaderText() => new([.. NextText().Where(c => c is >= ' ' and < (char)127).Take(2000)]);

    private static string Escape(string text) => Uri.EscapeDataString(text);

    private T Pick<T>(T[] from) => from[_random.Next(from.Length)];
}
