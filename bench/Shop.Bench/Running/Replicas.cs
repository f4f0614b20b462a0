using System.Net;
using System.Text;

namespace Shop.Bench.Running;

/// <summary>A client of a service that goes to its replicas in turn, each by its own address.</summary>
internal sealed class Replicas(string[] addresses) : IDisposable
{
    private readonly HttpClient _http = new(new SocketsHttpHandler
    {
        UseProxy = false,
        UseCookies = false,
        ActivityHeadersPropagator = null,
        PooledConnectionIdleTimeout = TimeSpan.FromMinutes(5),
    }) { Timeout = TimeSpan.FromSeconds(30) };

    public Task GetAsync(int number, string path) => SendAsync(number, HttpMethod.Get, path, null, HttpStatusCode.OK);

    public Task PutAsync(int number, string path, string json) => SendAsync(number, HttpMethod.Put, path, json, HttpStatusCode.OK);

    /// <summary>Sends, reads the answer to its end, and returns its Location.</summary>
    /// <exception cref="HttpRequestException">The answer is another than the one that is expected.</exception>
    public async Task<Uri?> SendAsync(int number, HttpMethod method, string path, string? json, HttpStatusCode expected, string? idempotencyKey = null)
    {
        using var request = new HttpRequestMessage(method, addresses[number % addresses.Length] + path);
        if (json is not null)
            request.Content = new StringContent(json, Encoding.UTF8, "application/json");
        if (idempotencyKey is not null)
            request.Headers.Add("Idempotency-Key", idempotencyKey);
        using var answer = await _http.SendAsync(request);
        return answer.StatusCode == expected
            ? answer.Headers.Location
            : throw new HttpRequestException($"{method} {path} was answered with {(int)answer.StatusCode}: {await answer.Content.ReadAsStringAsync()}");
    }

    public void Dispose() => _http.Dispose();
}
