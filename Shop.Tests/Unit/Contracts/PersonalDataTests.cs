using System.Text.Json;
using Shop.Contracts;
using Shop.Contracts.Messages;

namespace Shop.Tests.Unit.Contracts;

public class PersonalDataTests
{
    private static readonly CheckoutSubmitted _checkout = new(
        Guid.NewGuid(),
        "c1",
        [],
        new Money(1, "EUR"),
        new Recipient("Ada Lovelace", "1 Analytical Way", "ada@example.org"),
        new PaymentCard("tok_secret"),
        default);

    [Fact]
    public void Text_of_a_message_contains_no_personal_data()
    {
        var text = $"{_checkout}";
        Assert.Contains("Recipient (redacted)", text, StringComparison.Ordinal);
        Assert.DoesNotContain("Ada", text, StringComparison.Ordinal);
        Assert.DoesNotContain("Analytical", text, StringComparison.Ordinal);
        Assert.DoesNotContain("ada@", text, StringComparison.Ordinal);
        Assert.DoesNotContain("tok_secret", text, StringComparison.Ordinal);
    }

    [Fact]
    public void JSON_of_a_message_contains_the_personal_data()
    {
        var deserialized = JsonSerializer.Deserialize<CheckoutSubmitted>(JsonSerializer.Serialize(_checkout))!;
        Assert.Equal(_checkout.Recipient, deserialized.Recipient);
        Assert.Equal(_checkout.Payment, deserialized.Payment);
    }
}
