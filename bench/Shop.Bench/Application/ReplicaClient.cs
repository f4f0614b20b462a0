using System.Net;
using System.Text;

namespace Shop.Bench.Application;

/// <summary>An HTTP client of one service that sends its requests to the replicas in turn, each at its own address.</summary>
internal sealed class ReplicaClient(string[] addresses) : IDisposable
{
    private readonly HttpClient _http = new(new SocketsHttpHandler
    {
        UseProxy = false,
        UseCookies = false,
        ActivityHeadersPropagator = null,
        PooledConnectionIdleTimeout = TimeSpan.FromMinutes(5),
    })
    {
        Timeout = TimeSpan.FromSeconds(30),
    };

    public Task GetAsync(int number, string path) => SendAsync(number, HttpMethod.Get, path, null, HttpStatusCode.OK);

    public Task PutAsync(int number, string path, string json) => SendAsync(number, HttpMethod.Put, path, json, HttpStatusCode.OK);

    /// <summary>Sends a request, reads the whole response and returns its Location header.</summary>
    /// <exception cref="HttpRequestException">The status code of the response is not the expected one.</exception>
    public async Task<Uri?> SendAsync(
        int number, HttpMethod method, string path, string? json, HttpStatusCode expected, string? idempotencyKey = null)
    {
        using var request = new HttpRequestMessage(method, addresses[number % addresses.Length] + path);
        if (json is not null)
        {
            request.Content = new StringContent(json, Encoding.UTF8, "application/json");
        }

        if (idempotencyKey is not null)
        {
            request.Headers.Add("Idempotency-Key", idempotencyKey);
        }

        using var response = await _http.SendAsync(request);
        return response.StatusCode == expected
            ? response.Headers.Location
            : throw new HttpRequestException(
                $"{method} {path} returned {(int)response.StatusCode}: {await response.Content.ReadAsStringAsync()}");
    }

    public void Dispose() => _http.Dispose();
}
