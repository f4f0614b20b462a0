using System.Net;
using Shop.Telemetry.Propagation;
using Shop.Tests.Support;

namespace Shop.Tests.Component.Identity;

[Collection(TracingTestGroup.Name)]
public sealed class AttemptLimitTests
{
    private const string Key = "the-service-key-of-this-test-----";

    [Theory]
    [InlineData("/sso/login")]
    [InlineData("/sso/register")]
    [InlineData("/sso/token")]
    [InlineData("/sso/login/")]
    [InlineData("/sso/token/")]
    public async Task Attempts_of_one_address_are_limited_and_those_of_services_are_not(string path)
    {
        using var identity = InProcessService.Start("identity", settings: [("Identity:AttemptsPerMinute", "2"), ("Shop:ServiceKey", Key)]);

        var attempts = new List<HttpStatusCode> { await PostAsync(), await PostAsync(), await PostAsync() };
        Assert.DoesNotContain(HttpStatusCode.TooManyRequests, attempts[..2]);
        Assert.Equal(HttpStatusCode.TooManyRequests, attempts[2]);

        // The storefront, for all members.
        Assert.NotEqual(HttpStatusCode.TooManyRequests, await PostAsync((ServiceKey.HeaderName, Key)));

        // A browser that the storefront names, and another one. No other caller is believed.
        for (var attempt = 0; attempt < 2; attempt++)
        {
            Assert.NotEqual(
                HttpStatusCode.TooManyRequests, await PostAsync((ServiceKey.HeaderName, Key), ("X-Forwarded-For", "192.0.2.1")));
        }

        Assert.Equal(
            HttpStatusCode.TooManyRequests, await PostAsync((ServiceKey.HeaderName, Key), ("X-Forwarded-For", "192.0.2.1")));
        Assert.NotEqual(HttpStatusCode.TooManyRequests, await PostAsync((ServiceKey.HeaderName, Key), ("X-Forwarded-For", "192.0.2.2")));
        Assert.Equal(HttpStatusCode.TooManyRequests, await PostAsync(("X-Forwarded-For", "192.0.2.3")));

        // Reading the page is no attempt.
        using var page = await identity.Client.GetAsync(path);
        Assert.NotEqual(HttpStatusCode.TooManyRequests, page.StatusCode);

        async Task<HttpStatusCode> PostAsync(params (string Name, string Value)[] headers)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new FormUrlEncodedContent([]) };
            foreach (var (name, value) in headers)
            {
                request.Headers.Add(name, value);
            }

            using var response = await identity.Client.SendAsync(request);
            return response.StatusCode;
        }
    }
}
