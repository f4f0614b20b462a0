using System.Text.Json;
using Shop.Contracts;
using Shop.Contracts.Messages;

namespace Shop.Tests.Unit.Contracts;

public class PersonalDataTests
{
    private static readonly CheckoutSubmitted _checkout = new(
        Guid.NewGuid(), "c1", [], new Money(1, "EUR"), new Recipient("Ada Lovelace", "1 Analytical Way", "ada@example.org"), new PaymentCard("tok_secret"), default);

    [Fact]
    public void A_message_as_text_says_nothing_about_who_buys()
    {
        var text = $"{_checkout}";
        Assert.Contains("Recipient (redacted)", text, StringComparison.Ordinal);
        Assert.DoesNotContain("Ada", text, StringComparison.Ordinal);
        Assert.DoesNotContain("Analytical", text, StringComparison.Ordinal);
        Assert.DoesNotContain("ada@", text, StringComparison.Ordinal);
        Assert.DoesNotContain("tok_secret", text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_message_as_json_is_complete()
    {
        var arrived = JsonSerializer.Deserialize<CheckoutSubmitted>(JsonSerializer.Serialize(_checkout))!;
        Assert.Equal(_checkout.Recipient, arrived.Recipient);
        Assert.Equal(_checkout.Payment, arrived.Payment);
    }
}
