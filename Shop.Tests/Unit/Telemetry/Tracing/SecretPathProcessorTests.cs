using System.Diagnostics;
using Shop.Telemetry.Tracing;

namespace Shop.Tests.Unit.Telemetry.Tracing;

public class SecretPathProcessorTests
{
    [Theory]
    [InlineData("/api/v1/carts/s3cret", "/api/v1/carts/[6]")]
    [InlineData("/api/v1/carts/s3cret/lines/BAG-0101", "/api/v1/carts/[6]/lines/BAG-0101")]
    [InlineData("/API/V1/CARTS/s3cret", "/API/V1/CARTS/[6]")]
    [InlineData("http://cart/api/v1/carts/s3%63ret?viewed=false", "http://cart/api/v1/carts/[6]?viewed=false")]
    [InlineData("/api/v1/carts/", "/api/v1/carts/")]
    [InlineData("/api/v1/products/BAG-0101", "/api/v1/products/BAG-0101")]
    public void Secret_in_the_address_of_a_span_is_replaced(string address, string expected)
    {
        using var processor = new SecretPathProcessor([new("carts", secret => $"[{secret.Length}]")]);
        foreach (var attribute in (string[])["url.path", "url.full"])
        {
            using var span = new Activity("request").SetTag(attribute, address).Start();
            span.Stop();

            processor.OnEnd(span);

            Assert.Equal(expected, span.GetTagItem(attribute));
        }
    }

    [Fact]
    public void Span_without_an_address_is_unchanged()
    {
        using var processor = new SecretPathProcessor([new("carts", _ => "")]);
        using var span = new Activity("work").SetTag("other", "/carts/s3cret").Start();
        span.Stop();

        processor.OnEnd(span);

        Assert.Equal([new("other", "/carts/s3cret")], span.TagObjects);
    }
}
