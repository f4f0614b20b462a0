using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;

namespace Shop.Tests.Integration.Support;

/// <summary>
/// A request as it should be, but for one thing: what it asks for must be refused even if nothing else is wrong with it (a SKU that is
/// taken, an order that is too far). So whatever is spoilt besides, nothing may change. Requests that only read need no such thing.
/// </summary>
/// <param name="Method">GET, POST, ...</param>
/// <param name="Path">With its parameters in place; each segment in braces is one that may be spoilt: <c>/orders/{4711}/refund</c>.</param>
/// <param name="Query">Names of query parameters that there are.</param>
/// <param name="Headers">Those that it needs.</param>
/// <param name="Body">JSON, if it takes any.</param>
internal sealed record Doomed(HttpMethod Method, string Path, string[]? Query = null, Dictionary<string, string>? Headers = null, string? Body = null);

/// <summary>Bad requests by the thousand, the same ones for the same seed.</summary>
internal sealed class HostileRequests(int seed)
{
    private static readonly string[] _texts =
    [
        "", " ", "null", "undefined", "NaN", "-1", "0", "1e400", "99999999999999999999999999", "true", "[]", "{}", "%", "%00", "%zz", "..", "../../etc/passwd", "a/b", "*",
        "'; drop table products; --", "\" or 1=1", "${jndi:ldap://x}", "<script>alert(1)</script>", "{{7*7}}", "\0", "a\0b", "\r\nX-Evil: 1", "\u0001\u001f\u007f", "\u202e\u200b\ufeff",
        "\ud83d\ude42", "İıſ", "ａｂｃ", "é", "\u0301\u0301\u0301", "00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff", "2026-11-22T12:00:00Z",
        "AAAA", "MTo", "Mzow", "\\", "\\u0000", "tok_ok", "accepted", "W/\"1\"", "\"\"", "\"-1\"",
    ];

    private static readonly string[] _bodies =
    [
        "", "null", "0", "\"\"", "[]", "{}", "[{}]", "{", "}", "{\"", "{]}", "nul", "{\"a\":}", "{\"a\":1,}", "// comment", "{\"a\":1}{\"a\":2}", "\ufeff{}", "<xml/>", "a=b&c=d", "\0",
        "{\"\\ud800\":1}", "{\"name\":\"\\ud800\"}", "{\"reason\":\"\\u0000\"}", "1e999", "-", "{\"$type\":\"System.Object\"}", "{\"__proto__\":{}}",
    ];

    private static readonly string[] _contentTypes =
        ["text/plain", "application/xml", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/json; charset=utf-7", "application/octet-stream", "nonsense"];

    private static readonly HttpMethod[] _methods =
        [HttpMethod.Get, HttpMethod.Head, HttpMethod.Put, HttpMethod.Post, HttpMethod.Delete, HttpMethod.Patch, HttpMethod.Options, HttpMethod.Trace, new("QUERY"), new("PROPFIND")];

    private readonly Random _random = new(seed);

    /// <summary>So many requests, each against one of these, with one to three things wrong.</summary>
    public IEnumerable<Func<HttpRequestMessage>> Against(int count, params Doomed[] targets)
    {
        for (var i = 0; i < count; i++)
            yield return Make(targets[_random.Next(targets.Length)]);
    }

    /// <summary>Text that somebody may send where there should be something else.</summary>
    public string Text() => _random.Next(6) switch
    {
        0 => new string((char)_random.Next('!', 0x2FFF), _random.Next(1, 5000)),
        1 => string.Concat(Enumerable.Range(0, _random.Next(1, 40)).Select(_ => (char)_random.Next(1, 0xD7FF))),
        2 => _random.NextInt64(long.MinValue, long.MaxValue).ToString(CultureInfo.InvariantCulture),
        _ => Pick(_texts),
    };

    private Func<HttpRequestMessage> Make(Doomed target)
    {
        var (method, path, body) = (target.Method, target.Path, target.Body is null ? null : Encoding.UTF8.GetBytes(target.Body));
        var headers = new Dictionary<string, string>(target.Headers ?? []);
        var contentType = "application/json";

        for (var wrongs = _random.Next(1, 4); wrongs > 0; wrongs--)
        {
            switch (_random.Next(10))
            {
                case 0 or 1 when path.Contains('{'):
                    path = SpoilSegment(path);
                    break;
                case 2 or 3 when target.Query is { Length: > 0 } names:
                    path += $"{(path.Contains('?') ? '&' : '?')}{Pick(names)}={Escape(Text())}";
                    break;
                case 4 or 5 or 6 when body is not null:
                    body = SpoilBody(target.Body!);
                    break;
                case 7 when headers.Count > 0:
                    var name = headers.Keys.ElementAt(_random.Next(headers.Count));
                    if (_random.Next(3) == 0)
                        headers.Remove(name);
                    else
                        headers[name] = HeaderText();
                    break;
                case 8 when body is not null:
                    contentType = Pick(_contentTypes);
                    break;
                case 9:
                    headers[Pick(["Accept", "If-Match", "If-None-Match", "Content-Encoding", "traceparent", "baggage", "Idempotency-Key", "Range", "Expect-CT", "Accept-Language"])] = HeaderText();
                    break;
                default:
                    // Another method could be one that is allowed, and then the request would not be doomed: only where nothing can change.
                    if (method == HttpMethod.Get)
                        path += $"{(path.Contains('?') ? '&' : '?')}{Escape(Text())}={Escape(Text())}";
                    else
                        (method, body) = (Pick(_methods), null);
                    break;
            }
        }

        return () => Build(method, path.Replace("{", "", StringComparison.Ordinal).Replace("}", "", StringComparison.Ordinal), headers, body, contentType);
    }

    private static HttpRequestMessage Build(HttpMethod method, string path, Dictionary<string, string> headers, byte[]? body, string contentType)
    {
        var request = new HttpRequestMessage(method, path);
        foreach (var (name, value) in headers)
            request.Headers.TryAddWithoutValidation(name, value);
        if (body is not null && method != HttpMethod.Trace)
        {
            request.Content = new ByteArrayContent(body);
            request.Content.Headers.TryAddWithoutValidation("Content-Type", contentType);
        }

        return request;
    }

    private string SpoilSegment(string path)
    {
        var (start, end) = (path.IndexOf('{'), path.IndexOf('}'));
        return $"{path[..start]}{Escape(Text())}{path[(end + 1)..]}";
    }

    private byte[] SpoilBody(string good)
    {
        var bytes = Encoding.UTF8.GetBytes(good);
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
                return _random.Next(2) == 0 ? Encoding.Unicode.GetBytes(good) : [.. Enumerable.Range(0, _random.Next(1, 300)).Select(_ => (byte)_random.Next(256))];
            default:
                return SpoilValue(good);
        }
    }

    // One value of the body, however deep, is another.
    private byte[] SpoilValue(string good)
    {
        var root = JsonNode.Parse(good)!;
        var places = new List<Action<JsonNode?>>();
        Collect(root, places);
        places[_random.Next(places.Count)](_random.Next(8) switch
        {
            0 => null,
            1 => JsonValue.Create(_random.NextInt64(long.MinValue, long.MaxValue)),
            2 => JsonValue.Create(-_random.NextDouble() * 1e300),
            3 => new JsonArray(),
            4 => new JsonObject { [Text()] = Text() },
            5 => JsonValue.Create(_random.Next(2) == 0),
            _ => JsonValue.Create(Text()),
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
                        Collect(value, places);
                }

                break;
            case JsonArray list:
                for (var i = 0; i < list.Count; i++)
                {
                    var at = i;
                    places.Add(other => list[at] = other);
                    if (list[i] is { } item)
                        Collect(item, places);
                }

                break;
        }
    }

    // What HttpClient would refuse to send at all is no test of the service.
    private string HeaderText() => new([.. Text().Where(c => c is >= ' ' and < (char)127).Take(2000)]);

    private static string Escape(string text) => Uri.EscapeDataString(text);

    private T Pick<T>(T[] from) => from[_random.Next(from.Length)];
}

/// <summary>Sends them, and holds what comes back to the rules.</summary>
internal static class Hostility
{
    private const int AtOnce = 8;

    /// <summary>Not one is answered with a failure of ours, each refusal is a ProblemDetails that leads to its trace, and none is a surprise to who has read the OpenAPI document.</summary>
    public static async Task EndureAsync(this HttpClient service, IEnumerable<Func<HttpRequestMessage>> requests)
    {
        var wrong = new ConcurrentQueue<string>();
        var documented = await Documented.ReadAsync(service);
        await Parallel.ForEachAsync(requests, new ParallelOptions { MaxDegreeOfParallelism = AtOnce }, async (make, cancellationToken) =>
        {
            using var request = make();
            using var response = await service.SendAsync(request, cancellationToken);
            var body = await response.Content.ReadAsStringAsync(cancellationToken);
            if (Complaint(request, response, body, documented) is { } complaint)
            {
                wrong.Enqueue($"{complaint}: {request.Method} {request.RequestUri} {request.Content?.Headers.ContentType} {await BodyOf(request)} -> {(int)response.StatusCode} {body}");
            }
        });
        Assert.True(wrong.IsEmpty, $"{wrong.Count} wrong answers; the first ones:\n{string.Join('\n', wrong.Take(10))}");
    }

    private static string? Complaint(HttpRequestMessage request, HttpResponseMessage response, string body, Documented documented)
    {
        if ((int)response.StatusCode >= 500)
            return "a failure";
        if ((int)response.StatusCode < 400)
            return ChangesNothing(request, response) ? null : "accepted";
        // What the server refuses before it knows what is asked for has no body.
        if (request.Method == HttpMethod.Head || response.StatusCode is HttpStatusCode.RequestHeaderFieldsTooLarge or HttpStatusCode.RequestUriTooLong || body.Length == 0 && response.Headers.ConnectionClose == true)
            return null;
        if (response.Content.Headers.ContentType is not { MediaType: "application/problem+json" } || !body.Contains("\"traceId\"", StringComparison.Ordinal))
            return "no problem details";
        return documented.Has(request, response) ? null : "not documented";
    }

    // Deleting what is not there is answered with yes (RFC 9110, 9.2.2: idempotent). That it was not there is seen by the state afterwards.
    private static bool ChangesNothing(HttpRequestMessage request, HttpResponseMessage response) =>
        request.Method == HttpMethod.Get || request.Method == HttpMethod.Head || request.Method == HttpMethod.Options
        || request.Method == HttpMethod.Delete && response.StatusCode is HttpStatusCode.NoContent;

    private static async Task<string> BodyOf(HttpRequestMessage request) => request.Content is null ? "" : Encoding.UTF8.GetString(await request.Content.ReadAsByteArrayAsync());
}
