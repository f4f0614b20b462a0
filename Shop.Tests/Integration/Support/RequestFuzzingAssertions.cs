using System.Collections.Concurrent;
using System.Net;
using System.Text;

namespace Shop.Tests.Integration.Support;

/// <summary>Sends generated requests and checks the responses.</summary>
internal static class RequestFuzzingAssertions
{
    /// <summary>Asserts that each request is rejected with problem details and a documented status code below 500.</summary>
    public static async Task AssertRejectsAllAsync(this HttpClient service, IEnumerable<Func<HttpRequestMessage>> requests)
    {
        var violations = new ConcurrentQueue<string>();
        var operations = await OpenApiOperations.ReadAsync(service);
        await Concurrently.ForEachAsync(requests, async create =>
        {
            try
            {
                await SendAsync(create);
            }
            catch (HttpRequestException exception) when (exception.InnerException is IOException)
            {
                // Kestrel closes the connection of a request that it has not read, while the client sends the next one on it.
                await SendAsync(create);
            }
        });
        Assert.True(violations.IsEmpty, $"{violations.Count} violations; the first ones:\n{string.Join('\n', violations.Take(10))}");

        async Task SendAsync(Func<HttpRequestMessage> create)
        {
            using var request = create();
            using var response = await service.SendAsync(request);
            var body = await response.Content.ReadAsStringAsync();
            if (FindViolation(request, response, body, operations) is { } violation)
            {
                var sent = request.Content is null ? "" : Encoding.UTF8.GetString(await request.Content.ReadAsByteArrayAsync());
                violations.Enqueue(
                    $"{violation}: {request.Method} {request.RequestUri} {request.Content?.Headers.ContentType} {sent}"
                    + $" -> {(int)response.StatusCode} {body}");
            }
        }
    }

    private static string? FindViolation(
        HttpRequestMessage request, HttpResponseMessage response, string body, OpenApiOperations operations)
    {
        if ((int)response.StatusCode >= 500)
        {
            return "server error";
        }

        if ((int)response.StatusCode < 400)
        {
            return ChangesNothing(request, response) ? null : "accepted";
        }

        if (HasNoBody(request, response, body))
        {
            return null;
        }

        if (response.Content.Headers.ContentType?.MediaType != "application/problem+json"
            || !body.Contains("\"traceId\"", StringComparison.Ordinal))
        {
            return "no problem details";
        }

        return operations.Allows(request, response) ? null : "status code not documented";
    }

    // A response to HEAD, and one that Kestrel sends before it has read the whole request, has no body.
    private static bool HasNoBody(HttpRequestMessage request, HttpResponseMessage response, string body) =>
        request.Method == HttpMethod.Head
        || response.StatusCode is HttpStatusCode.RequestHeaderFieldsTooLarge or HttpStatusCode.RequestUriTooLong
        || (body.Length == 0 && response.Headers.ConnectionClose == true);

    // DELETE is idempotent (RFC 9110, 9.2.2): a line that does not exist is deleted with 204. The state is compared after the run.
    private static bool ChangesNothing(HttpRequestMessage request, HttpResponseMessage response) =>
        request.Method == HttpMethod.Get || request.Method == HttpMethod.Head || request.Method == HttpMethod.Options
        || (request.Method == HttpMethod.Delete && response.StatusCode is HttpStatusCode.NoContent);
}
